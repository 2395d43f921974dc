import { UserError } from '../../core/errors.js';

/** The types that `node(id)` knows. */
export const nodeTypes = [
  'User',
  'AuditEntry',
  'AmazonConnection',
  'AmazonOrder',
  'AmazonOrderItem',
  'SyncRun',
  'RejectedOrder',
] as const;
const GREATEST_ID = 2n ** 63n - 1n;

/** Opaque to clients: base64url of the type and the row's id. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url');
}

/** @throws {UserError} BAD_USER_INPUT for what this server never gave out. */
export function decodeGlobalId(globalId: string): { typename: string; id: string } {
  const [, typename, id] = /^(\w+):(\d{1,19})$/.exec(Buffer.from(globalId, 'base64url').toString('latin1')) ?? [];
  if (typename === undefined || id === undefined || !isNodeType(typename) || BigInt(id) > GREATEST_ID) {
    throw new UserError(
      'BAD_USER_INPUT',
      `"${globalId.slice(0, 100)}" is no id of this server. Take ids from the \`id\` fields.`,
    );
  }
  return { typename, id };
}

function isNodeType(name: string): boolean {
  return (nodeTypes as readonly string[]).includes(name);
}
