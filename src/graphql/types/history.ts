import type { Interval } from '../../history/plan.js';
import { type CheckState, type HistoryState, readHistory, readLastCheck } from '../../history/state.js';
import type { ReportWindow } from '../../history/window-store.js';
import { type OrderRetention, readOrderRetention } from '../../mirror/write/order-retention.js';
import type { Builder } from '../builder.js';
import { withGlobalRunId } from '../pagination/global-id.js';
import { recordAction } from '../record-action.js';
import type { addSyncRuns } from './sync-runs.js';

/** Orders from before the first sync, read from reports, and checks of the mirror against reports. */
export function addHistory(builder: Builder, { SyncRun }: ReturnType<typeof addSyncRuns>): void {
  const State = builder.enumType('HistoryWindowState', {
    values: {
      PENDING: { description: 'A report is to be created.' },
      REQUESTED: { description: 'Amazon makes the report.' },
      READY: { description: 'The report is read next, or is being read.' },
      DONE: { description: 'All its orders are in the mirror.' },
      GAP: { description: 'Given up after several tries; `startHistory` tries again.' },
    } as const,
  });

  const HistoryWindow = builder.objectRef<ReportWindow>('HistoryWindow').implement({
    description: 'A range of purchase dates, read from one report.',
    fields: (t) => ({
      from: t.expose('from', { type: 'DateTime' }),
      until: t.expose('until', { type: 'DateTime', description: 'Exclusive.' }),
      marketplaceIds: t.field({ type: ['String'], resolve: ({ marketplaceIds }) => [...marketplaceIds] }),
      state: t.expose('state', { type: State }),
      orders: t.exposeInt('orders', { nullable: true, description: 'Orders in the report; null until it is read.' }),
      reason: t.exposeString('reason', { nullable: true, description: 'The last failure.' }),
    }),
  });

  const History = builder.objectRef<HistoryState>('History').implement({
    description: 'What the mirror has of older orders, by purchase date.',
    fields: (t) => ({
      from: t.field({ type: 'Date', nullable: true, resolve: ({ from }) => dateOf(from) }),
      until: t.field({ type: 'Date', nullable: true, resolve: ({ until }) => dateOf(until) }),
      windows: t.int({ resolve: ({ windows }) => windows.length }),
      windowsDone: t.int({ resolve: ({ windows }) => windows.filter(({ state }) => state === 'DONE').length }),
      complete: t.boolean({
        description: 'Whether all windows are in the mirror.',
        resolve: ({ windows }) => windows.every(({ state }) => state === 'DONE'),
      }),
      windowList: t.field({
        type: [HistoryWindow],
        description: 'Newest first.',
        resolve: ({ windows }) => [...windows],
      }),
      run: t.prismaField({
        type: SyncRun,
        nullable: true,
        description: 'The active run, or the last one.',
        resolve: (query, { runId }, _args, { database }) =>
          runId === null ? null : database.prisma.syncRun.findUnique({ ...query, where: { id: runId } }),
      }),
    }),
  });

  const Retention = builder.objectRef<OrderRetention>('OrderRetention').implement({
    description: 'Which orders are kept (RETENTION_ORDERS_MONTHS).',
    fields: (t) => ({
      months: t.exposeInt('months', { description: 'Older orders, by their purchase date, are deleted.' }),
      keptFrom: t.expose('keptFrom', {
        type: 'DateTime',
        nullable: true,
        description: 'Orders purchased before are deleted, and not stored again; null before the first complete run.',
      }),
    }),
  });

  const CheckResult = builder.objectRef<CheckState>('CheckResult').implement({
    description: "What a comparison of the mirror with one of Amazon's reports found, and what became of it.",
    fields: (t) => ({
      run: t.prismaField({
        type: SyncRun,
        resolve: (query, { runId }, _args, { database }) =>
          database.prisma.syncRun.findUniqueOrThrow({ ...query, where: { id: runId } }),
      }),
      ordersInReport: t.exposeInt('ordersInReport'),
      missing: t.exposeInt('missing', { description: 'Orders of the report that the mirror lacked.' }),
      stale: t.exposeInt('stale', { description: 'Orders that the mirror had in an older version.' }),
      unknown: t.exposeInt('unknown', { description: 'Orders of the mirror that the report lacks.' }),
      repaired: t.exposeInt('repaired', { description: 'Of these, orders that were read by their id and changed.' }),
      unresolved: t.field({
        type: ['String'],
        description: 'Ids of orders that Amazon did not return by their id, or not yet.',
        resolve: ({ unresolved }) => [...unresolved],
      }),
    }),
  });

  builder.queryFields((t) => ({
    history: t.field({
      type: History,
      nullable: true,
      description: 'Older orders, read from reports; null before the first run of the history.',
      resolve: (_root, _args, { database }) => readHistory(database),
    }),
    orderRetention: t.field({
      type: Retention,
      nullable: true,
      description: 'Which orders are kept; null while all are.',
      resolve: (_root, _args, { database }) => readOrderRetention(database),
    }),
    lastCheck: t.field({
      type: CheckResult,
      nullable: true,
      description: 'The last check, also while it runs; null before the first one.',
      resolve: (_root, _args, { database }) => readLastCheck(database),
    }),
  }));

  builder.mutationFields((t) => ({
    startHistory: t.field({
      type: SyncRun,
      description:
        'Starts a run that reads older orders from reports: what is missing since `from`, and what earlier runs had to give up.',
      args: { from: t.arg({ type: 'Date', description: 'First purchase date; null: all that Amazon keeps.' }) },
      resolve: async (_root, { from }, context) => {
        const run = await context.history.start(from ? startOf(from) : null).catch(withGlobalRunId);
        await recordAction(context, 'startHistory', { runId: String(run.id), from: from ?? null });
        return run;
      },
    }),
    startCheck: t.field({
      type: SyncRun,
      description:
        'Starts a run that compares the orders that were last updated in a range with a report, and reads each difference by its id.',
      args: {
        from: t.arg({ type: 'Date', required: true }),
        to: t.arg({ type: 'Date', required: true, description: 'Inclusive.' }),
      },
      resolve: async (_root, { from, to }, context) => {
        const run = await context.history.startCheck(startOf(from), endOf(to)).catch(withGlobalRunId);
        await recordAction(context, 'startCheck', { runId: String(run.id), from, to });
        return run;
      },
    }),
  }));
}

const DAY_MS = 86_400_000;

function dateOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** Days are in UTC. */
function startOf(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

function endOf(date: string): Date {
  return new Date(startOf(date).getTime() + DAY_MS);
}

/** An interval that is proven by reports, for `coverage`. */
export function addReportedInterval(builder: Builder) {
  return builder.objectRef<Interval>('ReportedInterval').implement({
    description: 'A range of purchase dates whose orders were read from reports.',
    fields: (t) => ({
      from: t.expose('from', { type: 'DateTime' }),
      until: t.expose('until', { type: 'DateTime', description: 'Exclusive.' }),
    }),
  });
}
