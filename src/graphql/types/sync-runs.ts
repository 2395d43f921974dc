import { SyncRunStatus, SyncTrigger } from '../../generated/prisma/client.js';
import type { Builder } from '../builder.js';
import { newestFirst } from '../pagination/paginate-by-id.js';

export function addSyncRuns(builder: Builder) {
  const Status = builder.enumType('SyncRunStatus', { values: Object.values(SyncRunStatus) });
  const Trigger = builder.enumType('SyncTrigger', { values: Object.values(SyncTrigger) });

  const Reason = builder.enumType('SyncWaitReason', {
    values: {
      QUOTA: {
        description: "The operation's quota is used up, by this or another program; a call drips in at its rate.",
      },
      RETRY: { description: 'A call failed in a way that may pass; it is tried again.' },
    },
  });

  const SyncRun = builder.prismaNode('SyncRun', {
    description: 'One reading of a window of orders from Amazon.',
    nullable: true,
    id: { field: 'id' },
    fields: (t) => ({
      status: t.expose('status', { type: Status }),
      trigger: t.expose('trigger', { type: Trigger }),
      dryRun: t.exposeBoolean('dryRun', { description: 'Counts what a real run would do, and writes nothing else.' }),
      includeItems: t.exposeBoolean('includeItems'),
      startedAt: t.expose('startedAt', { type: 'DateTime' }),
      finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true }),
      updatedAfter: t.expose('updatedAfter', {
        type: 'DateTime',
        description: 'Where the window that it reads begins.',
      }),
      updatedBefore: t.expose('updatedBefore', { type: 'DateTime', description: 'Where the window ends.' }),
      pages: t.exposeInt('pages'),
      requests: t.exposeInt('requests', { description: 'Calls made to SP-API.' }),
      ordersSeen: t.exposeInt('ordersSeen'),
      ordersInserted: t.exposeInt('ordersInserted'),
      ordersUpdated: t.exposeInt('ordersUpdated'),
      ordersUnchanged: t.exposeInt('ordersUnchanged'),
      ordersRejected: t.exposeInt('ordersRejected', { description: 'Could not be read; see `rejectedOrders`.' }),
      ordersUnreadable: t.exposeInt('ordersUnreadable', {
        description:
          'Orders that were to be read again by their id, and that Amazon did not return; each is tried again a day later.',
      }),
      unreadableOrderIds: t.exposeStringList('unreadableOrderIds', {
        description: 'The Amazon order ids of the first 20 of `ordersUnreadable`.',
      }),
      itemsSeen: t.exposeInt('itemsSeen'),
      progress: t.exposeFloat('progress', { nullable: true, description: '0 to 1; null while unknown.' }),
      waitingUntil: t.expose('waitingUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Set while the run waits for quota or backs off.',
      }),
      waitingFor: t.field({
        type: Reason,
        nullable: true,
        select: { waitingFor: true, waitingUntil: true },
        description: 'Why it waits, while it does.',
        resolve: ({ waitingFor, waitingUntil }) =>
          waitingUntil && waitingFor === 'RETRY' ? 'RETRY' : waitingUntil && 'QUOTA',
      }),
      estimatedFinishAt: t.expose('estimatedFinishAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the run will end, by its progress and quota; null while unknown, and once it has ended.',
      }),
      sweep: t.exposeBoolean('sweep', {
        description: 'The daily run that reads the last 48 hours again, since orders may appear in lists late.',
      }),
      refusedMarketplaceIds: t.exposeStringList('refusedMarketplaceIds', {
        description: 'Marketplaces that Amazon refused; the others were read.',
      }),
      errorCode: t.exposeString('errorCode', {
        nullable: true,
        description: 'A code of docs/troubleshooting.md, which says what to do next.',
      }),
      error: t.exposeString('error', { nullable: true }),
    }),
  });

  builder.queryFields((t) => ({
    syncRuns: t.connection({
      type: SyncRun,
      description: 'The runs, the newest first.',
      resolve: (_root, args, { database }) =>
        newestFirst('syncRuns', args, (window) => database.prisma.syncRun.findMany(window)),
    }),
    syncRun: t.prismaField({
      type: SyncRun,
      nullable: true,
      args: { id: t.arg.globalID({ required: true, for: SyncRun }) },
      resolve: (query, _root, { id }, { database }) =>
        database.prisma.syncRun.findUnique({ ...query, where: { id: BigInt(id.id) } }),
    }),
  }));

  return { SyncRun, Status };
}
