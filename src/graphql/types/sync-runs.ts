import { SyncError, UserError } from '../../core/errors.js';
import { type SyncRunKind, SyncRunStatus, SyncTrigger } from '../../generated/prisma/client.js';
import { readOrder } from '../../mirror/read/read-orders.js';
import { failureBehind } from '../../spapi/http/errors.js';
import { supportReport } from '../../sync/support-report.js';
import { principalOf } from '../access.js';
import type { Builder } from '../builder.js';
import { withGlobalRunId } from '../pagination/global-id.js';
import { paginateById } from '../pagination/paginate-by-id.js';
import { recordAction } from '../record-action.js';
import { selectedMembers } from '../selected-members.js';
import { eventValue, untilEnded } from '../until-ended.js';
import type { addOrders } from './orders.js';

/** The type of a run and its queries. */
export function addSyncRuns(builder: Builder) {
  const Status = builder.enumType('SyncRunStatus', { values: Object.values(SyncRunStatus) });
  const Trigger = builder.enumType('SyncTrigger', { values: Object.values(SyncTrigger) });
  const Kind = builder.enumType('SyncRunKind', {
    values: {
      ORDERS: { description: 'Reads the orders that were updated within a window.' },
      HISTORY: { description: 'Reads older orders from reports, by purchase date.' },
      CHECK: { description: 'Compares the mirror with a report, by last update.' },
    } satisfies Record<SyncRunKind, object>,
  });
  const Reason = builder.enumType('SyncWaitReason', {
    values: {
      QUOTA: { description: "The operation's quota is used up, by this or another application." },
      RETRY: { description: 'A call failed with an error that may be temporary; it is retried.' },
    },
  });

  const SyncRun = builder.prismaNode('SyncRun', {
    description: 'One run. It reads the orders of a time window.',
    nullable: true,
    id: { field: 'id' },
    fields: (t) => ({
      kind: t.expose('kind', { type: Kind }),
      status: t.expose('status', { type: Status }),
      trigger: t.expose('trigger', { type: Trigger }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Counts what a run would change and writes no orders.' }),
      includeItems: t.exposeBoolean('includeItems'),
      startedAt: t.expose('startedAt', { type: 'DateTime' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
      updatedAfter: t.expose('updatedAfter', {
        type: 'DateTime',
        description: 'Start of the time window: of updates, for the kind HISTORY of purchases.',
      }),
      updatedBefore: t.expose('updatedBefore', { type: 'DateTime', description: 'End of the time window.' }),
      pages: t.exposeInt('pages', { description: 'Pages of searches, or reports.' }),
      requests: t.exposeInt('requests', { description: 'Calls made to SP-API.' }),
      ordersSeen: t.exposeInt('ordersSeen'),
      ordersInserted: t.exposeInt('ordersInserted'),
      ordersUpdated: t.exposeInt('ordersUpdated'),
      ordersUnchanged: t.exposeInt('ordersUnchanged'),
      ordersRejected: t.exposeInt('ordersRejected', {
        description: 'Orders that could not be parsed; see `rejectedOrders`.',
      }),
      ordersUnreadable: t.exposeInt('ordersUnreadable', {
        description:
          'Orders that the run requested by their id and that Amazon did not return; each is requested again after a day.',
      }),
      unreadableOrderIds: t.exposeStringList('unreadableOrderIds', {
        description: 'Amazon order ids of the first 20 of `ordersUnreadable`.',
      }),
      itemsSeen: t.exposeInt('itemsSeen'),
      progress: t.exposeFloat('progress', { nullable: true, description: '0 to 1; null while unknown.' }),
      waitingUntil: t.expose('waitingUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Set while the run waits for quota or for a retry.',
      }),
      waitingFor: t.field({
        type: Reason,
        nullable: true,
        select: { waitingFor: true, waitingUntil: true },
        description: 'Why the run waits; null while it does not.',
        resolve: ({ waitingFor, waitingUntil }) =>
          waitingUntil && waitingFor === 'RETRY' ? 'RETRY' : waitingUntil && 'QUOTA',
      }),
      estimatedFinishAt: t.expose('estimatedFinishAt', {
        type: 'DateTime',
        nullable: true,
        description: 'Estimated from progress and quota; null while unknown and after the end of the run.',
      }),
      sweep: t.exposeBoolean('sweep', {
        description: 'The daily run that reads the last 48 hours again: Amazon may list orders late.',
      }),
      refusedMarketplaceIds: t.exposeStringList('refusedMarketplaceIds', {
        description: 'Marketplaces that Amazon denied access to; the others were read.',
      }),
      errorCode: t.exposeString('errorCode', {
        nullable: true,
        description: 'Code of `error`; docs/troubleshooting.md lists what to do next.',
      }),
      error: t.exposeString('error', { nullable: true }),
      supportReport: t.string({
        nullable: true,
        description:
          "A text about a failed run for Amazon's support: its failed calls with their request ids. Null for any other run, and once its calls are no longer kept. Owners only.",
        authScopes: { owner: true },
        select: { id: true, status: true, startedAt: true, finishedAt: true },
        resolve: (run, _args, { database }) => supportReport(database, run),
      }),
    }),
  });

  builder.queryFields((t) => ({
    syncRuns: t.connection({
      type: SyncRun,
      description: 'Runs, newest first.',
      args: { kind: t.arg({ type: Kind, description: 'Null: of all kinds.' }) },
      resolve: (_root, { kind, ...args }, { database }) =>
        paginateById('syncRuns', args, ({ where, ...window }) =>
          database.prisma.syncRun.findMany({ ...window, where: { ...where, ...(kind && { kind }) } }),
        ),
    }),
    syncRun: t.prismaField({
      type: SyncRun,
      nullable: true,
      args: { id: t.arg.globalID({ required: true, for: SyncRun }) },
      resolve: (query, _root, { id }, { database }) =>
        database.prisma.syncRun.findUnique({ ...query, where: { id: BigInt(id.id) } }),
    }),
  }));

  return { SyncRun, Status, Kind };
}

/** Mutations that start and cancel runs or read one order, and the subscription to a run. */
export function addSyncControl(
  builder: Builder,
  { SyncRun, Kind }: ReturnType<typeof addSyncRuns>,
  AmazonOrder: ReturnType<typeof addOrders>,
): void {
  builder.mutationFields((t) => ({
    syncOrders: t.field({
      type: SyncRun,
      description:
        'Starts a run and returns it immediately; `syncProgress` follows it. Returns SYNC_ALREADY_RUNNING while a run is active, with its id in `extensions.runId`.',
      args: {
        dryRun: t.arg.boolean({ required: true, defaultValue: false }),
        includeItems: t.arg.boolean({ required: true, defaultValue: false }),
      },
      resolve: async (_root, options, context) => {
        const run = await context.engine.start({ ...options, trigger: 'MANUAL' }).catch(withGlobalRunId);
        await recordAction(context, 'syncOrders', { runId: String(run.id), ...options });
        return run;
      },
    }),
    cancelSync: t.field({
      type: SyncRun,
      description: 'Requests that the run stops at its next checkpoint. A run that has ended is returned unchanged.',
      args: { runId: t.arg.globalID({ required: true, for: SyncRun }) },
      resolve: async (_root, { runId }, context) => {
        const id = BigInt(runId.id);
        const before = await context.database.prisma.syncRun.findUnique({ select: { status: true }, where: { id } });
        const run = await context.engine.cancel(id);
        const hadEnded = before !== null && before.status !== 'RUNNING';
        if (!hadEnded) await recordAction(context, 'cancelSync', { runId: String(id) });
        return run;
      },
    }),
    resyncOrder: t.field({
      type: AmazonOrder,
      description: 'Reads one order from Amazon by its id, immediately, and writes it with its items to the mirror.',
      args: { amazonOrderId: t.arg.string({ required: true }) },
      resolve: async (_root, { amazonOrderId }, context, info) => {
        const id = checkedOrderId(amazonOrderId);
        await context.engine.resyncOrder(id).catch(invalidOrderIdError(id));
        await recordAction(context, 'resyncOrder', { amazonOrderId: id });
        const order = await readOrder(context.database, id, null, selectedMembers(info));
        if (!order) throw new UserError('NOT_FOUND', `Order ${id} is not in the mirror.`);
        return order;
      },
    }),
  }));

  builder.subscriptionField('syncProgress', (t) =>
    t.field({
      type: SyncRun,
      description:
        'Sends the current state of a run, then each change until the run ends. Without `runId`: the active run of the kind or the next one, and all later ones.',
      args: {
        runId: t.arg.globalID({ for: SyncRun }),
        kind: t.arg({ type: Kind, required: true, defaultValue: 'ORDERS' }),
      },
      subscribe: (_root, { runId, kind }, context) =>
        untilEnded(context.accounts, principalOf(context), (signal) =>
          context.engine.watch(runId ? BigInt(runId.id) : kind, signal),
        ),
      resolve: eventValue,
    }),
  );
}

/** The form in the model of v0. Amazon has others (S01-1234567-1234567), so it has the final decision. */
const USUAL_ORDER_ID = /^\d{3}-\d{7}-\d{7}$/;

/** Returns the id without surrounding white space. @throws {UserError} BAD_USER_INPUT if no order id has this form */
function checkedOrderId(text: string): string {
  const id = text.trim();
  if (/^[\w-]{1,100}$/.test(id)) return id;
  throw notAnOrderId(id, 'is not an order id');
}

/** Rethrows an error of `getOrder`; as BAD_USER_INPUT if Amazon answered 400 to an id of an unusual form. */
function invalidOrderIdError(id: string): (error: unknown) => never {
  return (error) => {
    const isUnusual = !USUAL_ORDER_ID.test(id) && error instanceof SyncError && error.code === 'SP_API_INVALID_INPUT';
    if (isUnusual && failureBehind(error)?.status === 400) throw notAnOrderId(id, 'was rejected by Amazon as order id');
    throw error;
  };
}

function notAnOrderId(id: string, problem: string): UserError {
  const shown = JSON.stringify(id.length > 100 ? `${id.slice(0, 100)}…` : id);
  return new UserError('BAD_USER_INPUT', `${shown} ${problem}. Use the form 123-1234567-1234567.`);
}
