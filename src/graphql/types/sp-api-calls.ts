import type { Builder } from '../builder.js';
import { encodeGlobalId } from '../pagination/global-id.js';
import { paginateById, rowQuery } from '../pagination/paginate-by-id.js';
import type { addSyncRuns } from './sync-runs.js';

/** The log of calls to Amazon. */
export function addSpApiCalls(builder: Builder, { SyncRun }: ReturnType<typeof addSyncRuns>): void {
  const SpApiCall = builder.prismaNode('SpApiCall', {
    description: 'A request to Amazon and its answer, without tokens; kept for 14 days. Owners only.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      operation: t.exposeString('operation', {
        description: "Amazon's name of it; `token` is the login, `downloadReport` the download of a report.",
      }),
      at: t.expose('at', { type: 'DateTime', description: 'When it was sent.' }),
      durationMs: t.exposeInt('durationMs', { description: 'Milliseconds until it was answered or failed.' }),
      request: t.exposeString('request', {
        description: 'Method, path, and query or JSON; page tokens are shortened.',
      }),
      attempt: t.exposeInt('attempt', {
        description: '1 for the first request of a call, 2 for its first repetition.',
      }),
      status: t.exposeInt('status', { nullable: true, description: 'HTTP status; null if no answer came.' }),
      requestId: t.exposeString('requestId', {
        nullable: true,
        description: "Amazon's id of the request (x-amzn-RequestId), which its support asks for.",
      }),
      errorCode: t.exposeString('errorCode', {
        nullable: true,
        description: "Amazon's error code, or the network's; ABORTED if the run was stopped during the request.",
      }),
      errorMessage: t.exposeString('errorMessage', { nullable: true }),
      failed: t.exposeBoolean('failed', { description: 'Whether there was no usable answer.' }),
      runId: t.id({
        nullable: true,
        description: 'Id of the SyncRun that made it; null for other calls, such as a ping.',
        resolve: ({ runId }) => (runId === null ? null : encodeGlobalId('SyncRun', runId)),
      }),
    }),
  });

  const Filter = builder.inputType('SpApiCallFilter', {
    fields: (t) => ({
      operations: t.stringList(),
      failedOnly: t.boolean({ description: 'Only requests without a usable answer.' }),
      runId: t.globalID({ for: SyncRun }),
    }),
  });

  builder.queryField('spApiCalls', (t) =>
    t.connection({
      type: SpApiCall,
      description: 'Requests to Amazon of the last 14 days, newest first. Owners only.',
      authScopes: { owner: true },
      args: { filter: t.arg({ type: Filter }) },
      resolve: (_root, { filter, ...page }, context, info) => {
        const where = {
          ...(filter?.operations && { operation: { in: filter.operations } }),
          ...(filter?.failedOnly && { failed: true }),
          ...(filter?.runId && { runId: BigInt(filter.runId.id) }),
        };
        return paginateById('spApiCalls', page, (window) =>
          context.database.prisma.spApiCall.findMany({
            ...rowQuery(context, info),
            ...window,
            where: { ...where, ...window.where },
          }),
        );
      },
    }),
  );
}
