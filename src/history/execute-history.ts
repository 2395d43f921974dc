import type { ReportConfig } from '../config/config.js';
import type { SellerAccount } from '../connection/seller-account.js';
import { LASTING_ERRORS, SyncError } from '../core/errors.js';
import { noTracer } from '../core/tracer.js';
import { runMaintenance } from '../database/maintenance.js';
import { orderRows } from '../mirror/write/order-rows.js';
import { writeOrders } from '../mirror/write/save-orders.js';
import { CancelRequestedError } from '../runs/run-store.js';
import type { RunExecution, WorkerOptions } from '../runs/worker.js';
import type { ReportedOrders } from '../spapi/reports/report-source.js';
import { type Arrival, saveArrival, saveArrivalStatement } from '../sync/read/save-page.js';
import { readReports } from './read-reports.js';

export interface HistoryOptions extends WorkerOptions {
  readonly account: SellerAccount;
  readonly reportSettings: ReportConfig;
}

/** A transaction holds up pages of other runs, and on PGlite all requests: a tenth of a second. */
const BATCH_ORDERS = 250;
/** Batches before a run's first maintenance; doubled each time, while the tables grow. */
const FIRST_MAINTENANCE = 5;

/** A run of kind HISTORY: reads orders by purchase date from reports, and saves those that the API has not returned. */
export function historyExecution(options: HistoryOptions): RunExecution {
  const { database, account, clock, logger, reportSettings, tracer = noTracer } = options;
  return {
    kind: 'HISTORY',
    isLasting,
    execute: async (run, calls, opened) => {
      const reports = await account.openReports();
      opened(reports);
      let batches = 0;
      let nextMaintenance = FIRST_MAINTENANCE;

      const prepare = async ({ orders, rejected }: ReportedOrders): Promise<Arrival> => {
        const rows = await orderRows(orders, 'REPORT');
        const arrival = { rows, rejected, pages: 0, checkpoint: null, requests: calls.requests, at: clock.now() };
        return { ...arrival, statement: saveArrivalStatement(run, arrival) };
      };
      const save = async (arrival: Arrival) => {
        const attributes = { 'ordermirror.orders': arrival.rows.length };
        const { cancelRequested } = await tracer.span('save orders', { attributes }, () =>
          writeOrders(database, (sql) => saveArrival(sql, run, arrival)),
        );
        if (cancelRequested) throw new CancelRequestedError();
        batches += 1;
        if (batches < nextMaintenance) return;
        nextMaintenance *= 2;
        await runMaintenance(database, { vacuum: false });
      };

      const windows = await readReports(
        run,
        { database, clock, logger, calls, reports, settings: reportSettings },
        {
          reportType: 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL',
          batchOrders: BATCH_ORDERS,
          prepare,
          begin: () => ({ take: save, finish: async () => {} }),
        },
      );
      const gaps = windows.filter(({ state }) => state === 'GAP').length;
      if (gaps > 0)
        throw new SyncError(
          'REPORT_FAILED',
          `Amazon's reports of ${gaps} of ${windows.length} time ranges could not be read; \`history\` lists them with the reasons. All others are in the mirror. Try these again with startHistory.`,
        );
    },
  };
}

/** Without a role for reports the connection still works. */
export function isLasting({ code }: SyncError): boolean {
  return LASTING_ERRORS.has(code) && code !== 'SP_API_FORBIDDEN';
}
