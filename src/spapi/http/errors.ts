import { SyncError, type SyncErrorCode } from '../../core/errors.js';
import { MALFORMED_BODY, SpApiFailure } from './failure.js';
import { isThrottle } from './retry.js';
import type { Operation } from './usage-plan.js';

/** What the owner is told of a request that failed for good: what happened, and what to do next. */
export function toSyncError(failure: SpApiFailure): SyncError {
  const { code, what, next } = failure.operation === 'token' ? explainLogin(failure) : explainCall(failure);
  const requestId = failure.requestId ? ` Amazon's request id: ${failure.requestId}.` : '';
  return new SyncError(code, `${what} (${failure.summary}). ${next}${requestId}`, { cause: failure });
}

/** A 200 that isn't what Amazon's model promises. */
export function unexpectedAnswer(operation: Operation): SyncError {
  return new SyncError(
    'SP_API_UNAVAILABLE',
    `The answer to ${operation} is not in the shape that Amazon documents. Nothing was overwritten; the next run tries ` +
      'again. If it stays so, check SP_API_ENDPOINT, then look for a newer version of Ordermirror.',
  );
}

/** The last answer's failure behind an error of the client; null if it is another's. */
export function failureBehind(error: unknown): SpApiFailure | null {
  return error instanceof SyncError && error.cause instanceof SpApiFailure ? error.cause : null;
}

/** Whether Amazon's answer to a search was no whole JSON, whenever asked: one order in it may be why (docs#970). */
export function isMalformedSearch(error: unknown): boolean {
  const failure = failureBehind(error);
  return failure?.operation === 'searchOrders' && failure.code === MALFORMED_BODY;
}

interface Explanation {
  readonly code: SyncErrorCode;
  readonly what: string;
  readonly next: string;
}

/**
 * `unauthorized_client` counts as a bad grant: the refresh token belongs to another application (seen in the field),
 * which authorising again with the present one mends, and a new client secret would not.
 */
function explainLogin(failure: SpApiFailure): Explanation {
  if (failure.retryable) {
    return {
      code: 'SP_API_UNAVAILABLE',
      what: 'Login with Amazon gave no access token, after all retries',
      next: 'Nothing was lost; the next run tries again. If it stays so, check the network and LWA_ENDPOINT.',
    };
  }
  switch (failure.code) {
    case 'invalid_grant':
      return {
        code: 'LWA_INVALID_GRANT',
        what: "Amazon no longer accepts the seller's authorisation",
        next: 'Authorise the application again in Seller Central and save the new refresh token.',
      };
    case 'unauthorized_client':
      return {
        code: 'LWA_INVALID_GRANT',
        what: "The refresh token doesn't belong to this application's client id",
        next: 'Authorise this application in Seller Central and save the new refresh token, or save the client id that the token was made for.',
      };
    case 'invalid_client':
      return invalidClient;
  }
  if (failure.status === 401) return invalidClient;
  return {
    code: 'SP_API_INVALID_INPUT',
    what: 'Login with Amazon refused the request for an access token',
    next: 'Save the refresh token, client id and client secret again, whole and without spaces; if LWA_ENDPOINT is set, check it.',
  };
}

const invalidClient: Explanation = {
  code: 'LWA_INVALID_CLIENT',
  what: "Amazon doesn't accept the application's client id and client secret",
  next: 'Copy both from the developer console and save them again; a client secret expires 180 days after it was made, then rotate it there first.',
};

function explainCall(failure: SpApiFailure): Explanation {
  const { operation, status } = failure;
  if (isThrottle(failure)) {
    return {
      code: 'SP_API_UNAVAILABLE',
      what: `Amazon refused ${operation} for quota again and again`,
      next: 'Does another program use the same application and seller? They share one quota. What was read is kept; the next run goes on.',
    };
  }
  if (failure.retryable) {
    return {
      code: 'SP_API_UNAVAILABLE',
      what: `Amazon gave no usable answer to ${operation}, after all retries`,
      next: "What was read is kept; the next run goes on. If it stays so, check the network and the connection's region.",
    };
  }
  if (status === 401 || status === 403) {
    return {
      code: 'SP_API_FORBIDDEN',
      what: `Amazon refused ${operation}`,
      next: "Check that the connection's region and marketplaces are the seller's own, that the application has a role that may read orders (Inventory and Order Tracking), and that it was authorised again after roles were added.",
    };
  }
  if (status === 404 || (status !== null && status < 400)) {
    return {
      code: 'SP_API_INVALID_INPUT',
      what: `Nothing answers ${operation} at this address`,
      next: "Check SP_API_ENDPOINT; unset, the region's own address is used.",
    };
  }
  return {
    code: 'SP_API_INVALID_INPUT',
    what: `Amazon called ${operation} invalid`,
    next: "Nothing was overwritten. It has been Amazon's own fault for hours at a time, so the next run tries again; if it lasts a day, report it with this message.",
  };
}
