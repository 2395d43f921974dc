/** Returns the global id of a row, opaque to clients: base64url of its type and id. */
export function encodeGlobalId(typename: string, id: string | number | bigint): string {
  return Buffer.from(`${typename}:${id}`).toString('base64url');
}
