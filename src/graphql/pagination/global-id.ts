import { UserError } from '../../core/errors.js';
import { encodeGlobalId } from '../../core/global-id.js';

export { encodeGlobalId };

/** Types that `node(id)` reads. */
export const nodeTypes = [
  'User',
  'ApiKey',
  'AuditEntry',
  'AmazonConnection',
  'AmazonOrder',
  'AmazonOrderItem',
  'OrderChange',
  'SyncRun',
  'RejectedOrder',
  'SpApiCall',
  'Webhook',
  'WebhookDelivery',
] as const;
const MAX_ID = 2n ** 63n - 1n;

/** @throws {UserError} BAD_USER_INPUT for a text that `encodeGlobalId` can't have returned */
export function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const [, typename, id] = /^(\w+):(\d{1,19})$/.exec(Buffer.from(globalId, 'base64url').toString('latin1')) ?? [];
  if (typename === undefined || id === undefined || !isNodeType(typename) || BigInt(id) > MAX_ID) {
    throw new UserError(
      'BAD_USER_INPUT',
      `"${globalId.slice(0, 100)}" is not an id of this API. Use a value of an \`id\` field.`,
    );
  }
  return { typename, id };
}

function isNodeType(name: string): boolean {
  return (nodeTypes as readonly string[]).includes(name);
}

/** Rethrows an error; in `extensions.runId` of a UserError, the row id becomes a global id. */
export function withGlobalRunId(error: unknown): never {
  if (!(error instanceof UserError) || error.extensions.runId === undefined) throw error;
  const runId = encodeGlobalId('SyncRun', String(error.extensions.runId));
  throw new UserError(error.code, error.message, { ...error.extensions, runId });
}
