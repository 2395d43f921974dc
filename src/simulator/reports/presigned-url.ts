import { createHmac, randomBytes } from 'node:crypto';

/** Presigned addresses are valid for 5 minutes (model). */
const LIFE_SECONDS = 300;
const KEY = randomBytes(32);
const PREFIX = '/report-documents/';

/** Returns a presigned path with query for a document. @param now milliseconds @param expired already at issue */
export function presign(documentId: string, encoding: 'gzip' | 'identity', now: number, expired: boolean): string {
  const date = new Date(now - (expired ? LIFE_SECONDS * 1000 : 0)).toISOString().replace(/\.\d+|[-:]/g, '');
  const query = new URLSearchParams({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `SIMULATED/${date.slice(0, 8)}/us-east-1/s3/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(LIFE_SECONDS),
    'X-Amz-SignedHeaders': 'host',
    'response-content-encoding': encoding,
  });
  const path = PREFIX + encodeURIComponent(documentId);
  query.set('X-Amz-Signature', signature(path, query));
  return `${path}?${query}`;
}

/** What a presigned address is worth: valid, expired since an instant (milliseconds), or not signed by us. */
export type Validity = { kind: 'valid' } | { kind: 'expired'; at: number } | { kind: 'forged' };

/** Checks the address of a download. @param path with percent-encoding, as requested @param now milliseconds */
export function checkSignature(path: string, query: URLSearchParams, now: number): Validity {
  const signed = new URLSearchParams(query);
  signed.delete('X-Amz-Signature');
  if (query.get('X-Amz-Signature') !== signature(path, signed)) return { kind: 'forged' };
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + LIFE_SECONDS * 1000;
  return now < at ? { kind: 'valid' } : { kind: 'expired', at };
}

function signature(path: string, query: URLSearchParams): string {
  return createHmac('sha256', KEY).update(`${path}?${query}`).digest('hex');
}
