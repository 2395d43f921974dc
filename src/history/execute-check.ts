import { SyncError } from '../core/errors.js';
import { noTracer } from '../core/tracer.js';
import type { RunExecution } from '../runs/worker.js';
import { DataSets, type DataSetsOptions } from '../sync/read/data-sets.js';
import { type OrderById, readOrdersById } from '../sync/read/reread-orders.js';
import { type HistoryOptions, isLasting } from './execute-history.js';
import {
  compareWithMirror,
  type Finding,
  type FindingKind,
  type FindingState,
  findUnknown,
  insertFindings,
  openFindings,
  settleFindings,
} from './findings.js';
import { readReports } from './read-reports.js';

const BATCH_ORDERS = 1_000;
/** Orders that are read by their ids before the mirror is asked for their versions again. */
const REPAIR_ORDERS = 20;

/** A stale order is written again even if its content is unchanged, as after a change of its row by hand. */
function stateOf(outcome: OrderById['outcome'], kind: FindingKind | undefined): FindingState {
  if (outcome === 'MISSING' || outcome === 'UNREADABLE') return 'UNRESOLVED';
  return outcome === 'UNCHANGED' && kind === 'UNKNOWN' ? 'CONFIRMED' : 'REPAIRED';
}

/**
 * A run of kind CHECK: compares the orders of a report, by their last update, with the mirror, and reads each difference by
 * its id. Neither side is the sole truth (docs#2583: reports lack orders too), so that only an order that Amazon returns by
 * its id changes the mirror.
 */
export function checkExecution(options: HistoryOptions & DataSetsOptions): RunExecution {
  const { database, account, clock, logger, reportSettings, tracer = noTracer } = options;
  return {
    kind: 'CHECK',
    isLasting,
    execute: async (run, calls, opened) => {
      const reports = await account.openReports();
      opened(reports);
      const windows = await readReports(
        run,
        { database, clock, logger, calls, reports, settings: reportSettings },
        {
          reportType: 'GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL',
          batchOrders: BATCH_ORDERS,
          prepare: async (batch) => batch,
          begin: (window) => {
            const reported = new Set<string>();
            const found: Finding[] = [];
            return {
              take: async ({ orders, rejected }) => {
                for (const { orderId } of orders) reported.add(orderId);
                for (const { amazonOrderId } of rejected) if (amazonOrderId !== null) reported.add(amazonOrderId);
                found.push(...(await compareWithMirror(database, orders)));
              },
              finish: async (sql) => {
                const unknown = await findUnknown(sql, window, reported);
                await insertFindings(sql, run.id, [...found, ...unknown]);
              },
            };
          },
        },
      );

      const source = await account.openSource();
      const dataSets = await DataSets.open(options, { records: false });
      const context = { database, source, dataSets, clock, logger, calls, tracer };
      const findings = await openFindings(database, run.id);
      const kinds = new Map(findings.map(({ amazonOrderId, kind }) => [amazonOrderId, kind]));
      const ids = [...kinds.keys()];
      for (let start = 0; start < ids.length; start += REPAIR_ORDERS) {
        const outage = await readOrdersById(run, context, ids.slice(start, start + REPAIR_ORDERS), {
          rewriteUnchanged: true,
          onSaved: (sql, orders) =>
            settleFindings(
              sql,
              run.id,
              orders.map(({ id, outcome }) => ({ id, state: stateOf(outcome, kinds.get(id)) })),
            ),
        });
        if (outage) throw outage;
      }
      const gaps = windows.filter(({ state }) => state === 'GAP').length;
      if (gaps > 0)
        throw new SyncError(
          'REPORT_FAILED',
          `Amazon's reports of ${gaps} of ${windows.length} time ranges could not be read, so these were not checked. The last reason: ${windows.find(({ state }) => state === 'GAP')?.reason} Start the check again later.`,
        );
    },
  };
}
