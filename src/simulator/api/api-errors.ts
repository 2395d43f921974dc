import { Refusal, type Reply } from './http.js';

/** An SP-API error (model: ErrorList). `details` is often empty. */
export function apiError(status: number, code: string, message: string, details = ''): Reply {
  return { status, body: { errors: [{ code, message, details }] } };
}

/** 400; the reason is for the developer, Amazon mostly gives none. */
export function invalidInput(details = ''): Refusal {
  return new Refusal(apiError(400, 'InvalidInput', 'Invalid Input', details));
}

/** 403, for a token, role, region or marketplace. */
export function unauthorized(details = ''): Refusal {
  return new Refusal(apiError(403, 'Unauthorized', 'Access to requested resource is denied.', details));
}

/** 403 to a wrong address, or to a request without a token. */
export function missingToken(): Refusal {
  return new Refusal(apiError(403, 'MissingAuthenticationToken', 'Missing Authentication Token'));
}

export function notFound(): Refusal {
  return new Refusal(apiError(404, 'NotFound', 'The requested resource was not found.'));
}

export function quotaExceeded(): Refusal {
  return new Refusal(apiError(429, 'QuotaExceeded', 'You exceeded your quota for the requested resource.'));
}

export function internalFailure(details = ''): Refusal {
  return new Refusal(apiError(500, 'InternalFailure', 'We encountered an internal error. Please try again.', details));
}
