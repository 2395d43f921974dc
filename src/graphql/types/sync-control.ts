import type { AuditDetail } from '../../accounts/audit-log.js';
import { UserError } from '../../core/errors.js';
import { readOrder } from '../../mirror/read/read-orders.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';
import type { GraphQLContext } from '../context.js';
import { nameTheRun } from '../pagination/with-global-run-id.js';
import { checkedOrderId, refuseOddId } from './order-id.js';
import type { addOrders } from './orders.js';
import { watchRun } from './run-events.js';
import type { addSyncRuns } from './sync-runs.js';

/** Starting, stopping and watching runs; and reading a single order. */
export function addSyncControl(
  builder: Builder,
  { SyncRun }: ReturnType<typeof addSyncRuns>,
  AmazonOrder: ReturnType<typeof addOrders>,
): void {
  builder.mutationFields((t) => ({
    syncOrders: t.field({
      type: SyncRun,
      description:
        'Starts a run and returns it at once; watch it with `syncProgress`. While one is running the code is SYNC_ALREADY_RUNNING, with its id in `extensions.runId`.',
      args: {
        dryRun: t.arg.boolean({ required: true, defaultValue: false }),
        includeItems: t.arg.boolean({ required: true, defaultValue: false }),
      },
      resolve: async (_root, options, context) => {
        const run = await context.engine.start({ ...options, trigger: 'MANUAL' }).catch(nameTheRun);
        await recordDone(context, 'syncOrders', { runId: String(run.id), ...options });
        return run;
      },
    }),
    cancelSync: t.field({
      type: SyncRun,
      description: 'Asks the run to stop at its next safe point. A run that has ended stays as it is.',
      args: { runId: t.arg.globalID({ required: true, for: SyncRun }) },
      resolve: async (_root, { runId }, context) => {
        const id = BigInt(runId.id);
        const before = await context.database.prisma.syncRun.findUnique({ select: { status: true }, where: { id } });
        const run = await context.engine.cancel(id);
        const hadEnded = before !== null && before.status !== 'RUNNING';
        if (!hadEnded) await recordDone(context, 'cancelSync', { runId: String(id) });
        return run;
      },
    }),
    resyncOrder: t.field({
      type: AmazonOrder,
      description:
        'Reads one order from Amazon by its id, at once, and mirrors it with its items, whatever the lists say of it.',
      args: { amazonOrderId: t.arg.string({ required: true }) },
      resolve: async (_root, { amazonOrderId }, context) => {
        const id = checkedOrderId(amazonOrderId);
        await context.engine.resyncOrder(id).catch(refuseOddId(id));
        await recordDone(context, 'resyncOrder', { amazonOrderId: id });
        const order = await readOrder(context.database, id, null);
        if (!order) throw new UserError('NOT_FOUND', `Order ${id} is not in the mirror.`);
        return order;
      },
    }),
  }));

  builder.subscriptionField('syncProgress', (t) =>
    t.field({
      type: SyncRun,
      description:
        'The run as it is now, then again at each change, until it ends. Without runId: the running one, or the next to start, and those after it.',
      args: { runId: t.arg.globalID({ for: SyncRun }) },
      subscribe: (_root, { runId }, context) => watchRun(context, runId ? BigInt(runId.id) : null, sessionOf(context)),
      resolve: (event) => {
        if ('failure' in event) throw event.failure;
        return event.run;
      },
    }),
  );
}

/** What has been done stays done: where its row can't be written, that is for the log, and the caller gets the answer. */
async function recordDone({ audit, logger, ...requester }: GraphQLContext, action: string, detail: AuditDetail) {
  const { user } = sessionOf(requester);
  await audit.record(action, user, detail).catch((err: unknown) => {
    logger.error({ err, action, userId: String(user.id), detail }, 'An act could not be written to the audit log.');
  });
}
