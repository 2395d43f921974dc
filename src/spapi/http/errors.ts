import { SyncError, type SyncErrorCode } from '../../core/errors.js';
import type { Operation } from './endpoints.js';
import { MALFORMED_BODY, SpApiFailure } from './failure.js';

/** `run`: the next run makes the call again. `user`: somebody waits for its result, and has to repeat it. */
export type Caller = 'run' | 'user';

const TRY_AGAIN = 'Try again in a few minutes.';

/**
 * Returns the error of a request that failed for good: what happened, and what to do next. The one place for these texts;
 * the admin page and the docs name the codes only.
 */
export function toSyncError(failure: SpApiFailure, caller: Caller = 'run'): SyncError {
  const { code, what, next } = explain(failure, caller);
  const requestId = failure.requestId ? ` Amazon's request id: ${failure.requestId}.` : '';
  return new SyncError(code, `${what} (${failure.summary}). ${next}${requestId}`, { cause: failure });
}

/** Returns the error of a 200 that doesn't match Amazon's model. */
export function unexpectedAnswer(operation: Operation, caller: Caller = 'run'): SyncError {
  const again = caller === 'run' ? 'Nothing was overwritten; the next run retries.' : TRY_AGAIN;
  return new SyncError(
    'SP_API_UNAVAILABLE',
    `The answer to ${operation} does not match the model that Amazon documents. ${again} ` +
      'If it persists, check SP_API_ENDPOINT, then look for a newer version of Ordermirror.',
  );
}

/** Returns the failed request that an error of the client was made from; null for any other error. */
export function failureBehind(error: unknown): SpApiFailure | null {
  return error instanceof SyncError && error.cause instanceof SpApiFailure ? error.cause : null;
}

/**
 * Whether Amazon refused what was asked for (400, 403) rather than the caller's token. The status doesn't say which part of
 * the request it refused: a marketplace, a data set, or all of it.
 */
export function refusesRequest(error: unknown): boolean {
  const failure = failureBehind(error);
  if (failure === null || failure.retryable || failure.operation === 'token' || failure.namesToken) return false;
  return failure.status === 400 || failure.status === 403;
}

/** Returns whether a search failed since its answer is not valid JSON. A single order may be the cause (docs#970). */
export function isMalformedSearch(error: unknown): boolean {
  const failure = failureBehind(error);
  return failure?.operation === 'searchOrders' && failure.code === MALFORMED_BODY;
}

interface Explanation {
  readonly code: SyncErrorCode;
  readonly what: string;
  readonly next: string;
}

function explain(failure: SpApiFailure, caller: Caller): Explanation {
  switch (failure.operation) {
    case 'token':
      return explainLogin(failure, caller);
    case 'downloadReport':
      return {
        code: 'SP_API_UNAVAILABLE',
        what: 'A report could not be downloaded',
        next: 'Nothing was overwritten; the next attempt downloads it again. If it persists, check that the network allows https to amazonaws.com.',
      };
    default:
      return explainCall(failure, caller);
  }
}

/**
 * `unauthorized_client` is reported as an invalid grant: the refresh token belongs to another application (seen in the
 * field), so the seller has to authorise this one; a new client secret wouldn't help.
 */
function explainLogin(failure: SpApiFailure, caller: Caller): Explanation {
  if (failure.retryable) {
    const again = caller === 'run' ? 'Nothing was lost; the next run retries.' : TRY_AGAIN;
    return {
      code: 'SP_API_UNAVAILABLE',
      what: 'Login with Amazon returned no access token after all retries',
      next: `${again} If it persists, check the network and LWA_ENDPOINT.`,
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
    next: 'Save the refresh token, client id and client secret again, complete and without spaces; if LWA_ENDPOINT is set, check it.',
  };
}

const invalidClient: Explanation = {
  code: 'LWA_INVALID_CLIENT',
  what: "Amazon doesn't accept the application's client id and client secret",
  next: 'Copy both from the developer console and save them again; a client secret expires 180 days after its creation: rotate it there first.',
};

function explainCall(failure: SpApiFailure, caller: Caller): Explanation {
  const { operation, status } = failure;
  const again = caller === 'run' ? 'What was read is kept; the next run continues.' : TRY_AGAIN;
  if (failure.isThrottle) {
    return {
      code: 'SP_API_UNAVAILABLE',
      what: `Amazon refused ${operation} repeatedly because the quota was used up`,
      next: `Another program with the same application and seller shares the quota: stop it or slow it down. ${again}`,
    };
  }
  if (failure.retryable) {
    return {
      code: 'SP_API_UNAVAILABLE',
      what: `Amazon returned no usable answer to ${operation} after all retries`,
      next: `${again} If it persists, check the network and the connection's region.`,
    };
  }
  if (status === 401 || status === 403) {
    return {
      code: 'SP_API_FORBIDDEN',
      what: `Amazon refused ${operation}`,
      next: "Check that the connection's region and marketplaces are the seller's, that the application has a role that may read orders (Inventory and Order Tracking), and that the seller authorised it again after roles were added.",
    };
  }
  if (status === 404 || (status !== null && status < 400)) {
    return {
      code: 'SP_API_INVALID_INPUT',
      what: `The endpoint does not serve ${operation}`,
      next: "Check SP_API_ENDPOINT; unset it to use the region's own endpoint.",
    };
  }
  const retries = caller === 'run' ? 'Nothing was overwritten; the next run retries' : 'Try again later';
  return {
    code: 'SP_API_INVALID_INPUT',
    what: `Amazon rejected ${operation} as invalid`,
    next: `${retries}, since such errors have been Amazon's fault for hours at a time. If it persists for a day, report it with this message.`,
  };
}
