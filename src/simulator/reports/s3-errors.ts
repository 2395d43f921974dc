import { randomUUID } from 'node:crypto';
import { ErrorReply } from '../api/http.js';

/** An error of the document store: XML, unlike the errors of the SP-API. */
export function storeError(status: number, code: string, message: string, more = ''): ErrorReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>${randomUUID()}</RequestId></Error>`;
  return new ErrorReply({ status, headers: { 'content-type': 'application/xml' }, body });
}

/** 403: no signature, an expired one (times in milliseconds), or no such document. */
export function accessDenied(expiry?: { expiredAt: number; now: number }): ErrorReply {
  if (expiry === undefined) return storeError(403, 'AccessDenied', 'Access Denied');
  const times = `<Expires>${iso(expiry.expiredAt)}</Expires><ServerTime>${iso(expiry.now)}</ServerTime>`;
  return storeError(403, 'AccessDenied', 'Request has expired', times);
}

export function signatureDoesNotMatch(): ErrorReply {
  return storeError(
    403,
    'SignatureDoesNotMatch',
    'The request signature does not match the signature of this address.',
  );
}

/** 400 for a request with an Authorization header beside the signature. */
export function onlyOneMechanism(): ErrorReply {
  return storeError(400, 'InvalidArgument', 'Only one authentication mechanism is allowed.');
}

/** 400 for a header that should be signed or absent. */
export function unsignedHeader(name: string): ErrorReply {
  return storeError(
    400,
    'InvalidRequest',
    'A header of the request is not signed.',
    `<HeadersNotSigned>${name}</HeadersNotSigned>`,
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
