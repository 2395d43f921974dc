import { z } from 'zod';
import { storableJson } from '../../core/storable-text.js';
import type { AnyOperation } from './endpoints.js';
import { MALFORMED_BODY, SpApiFailure } from './failure.js';
import type { Answer } from './http.js';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A JSON object as `JSON.parse` returns it. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses the body of a 200 or 202, with every string in it storable as text (`storableJson`).
 * @param now for a `Retry-After` with a date
 * @throws {SpApiFailure} for every other status and for a body that isn't valid JSON
 */
export function readAnswer(operation: AnyOperation, answer: Answer, now: Date): unknown {
  const { status } = answer;
  const isSuccess = status === 200 || status === 202;
  const { value, problem } = parse(answer);
  const apiError = problem === null ? apiErrorIn(operation, value) : null;
  // An `error` of the login counts whatever the status; docs: a 200 of the SP-API has no `errors`.
  if (isSuccess && problem === null && (operation !== 'token' || apiError === null)) return value;
  const isMalformed = isSuccess && problem === NOT_JSON;
  throw new SpApiFailure({
    operation,
    status,
    ...(apiError ?? { code: isMalformed ? MALFORMED_BODY : null, message: problem ?? '' }),
    requestId: requestIdOf(answer),
    retryable: isRetryable(operation, status, apiError),
    retryAfterMs: retryAfterMs(header(answer, 'retry-after'), now),
  });
}

/** OAuth's errors, whatever the status: permanent ones, and ones worth a retry. */
const PERMANENT_LOGIN_ERRORS = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);
const TRANSIENT_LOGIN_ERRORS = new Set(['server_error', 'temporarily_unavailable']);

/** Seen in the field (docs#3153, models#2595): Amazon's internal credentials, for minutes and on every call. */
const SECURITY_TOKEN_EXPIRED = /security token[^.]*expired/i;

/** Returns whether the same request may succeed later. */
function isRetryable(operation: AnyOperation, status: number, apiError: ApiError | null): boolean {
  if (operation === 'token' && apiError?.code) {
    if (PERMANENT_LOGIN_ERRORS.has(apiError.code)) return false;
    if (TRANSIENT_LOGIN_ERRORS.has(apiError.code)) return true;
  }
  if (status === 403) {
    // A gateway's 403 (HTML, `{"message":"Forbidden"}`) isn't about the seller's authorisation.
    if (apiError === null) return true;
    return SECURITY_TOKEN_EXPIRED.test(`${apiError.message} ${apiError.details ?? ''}`);
  }
  return status === 200 || status === 202 || status >= 500 || status === 429 || status === 408;
}

/** Names of the header: of SP-API, at times of Login with Amazon, and of the storage of reports. */
const REQUEST_ID = ['x-amzn-requestid', 'x-amz-rid', 'x-amz-request-id'];

/** Amazon's id of the request, which its support asks for. */
export function requestIdOf(answer: Pick<Answer, 'headers'>): string | null {
  return REQUEST_ID.map((name) => header(answer, name)).find((id) => id !== undefined) ?? null;
}

export function header(answer: Pick<Answer, 'headers'>, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Arrays, objects and members of a body: a page of 100 orders usually has 20,000; parsing 32 MB of `[],` takes seconds. */
const MAX_VALUES = 1_000_000;

const NOT_JSON = 'The body is not valid JSON';

/** Parses the body, or returns what is wrong with it. Seen in the field: gateways answer with HTML and status 200. */
function parse(answer: Answer): { value: unknown; problem: string | null } {
  const type = header(answer, 'content-type') ?? 'no content type';
  const failed = (problem: string) => ({ value: undefined, problem });
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) return failed(`The content type is ${type}`);
  if (hasTooManyValues(answer.body))
    return failed(`The body has more than ${MAX_VALUES.toLocaleString('en')} JSON values (the limit)`);
  try {
    return { value: JSON.parse(storableJson(answer.body)), problem: null };
  } catch {
    // The parser's message would quote the body.
    return failed(NOT_JSON);
  }
}

/** Counts commas and opening brackets, also those inside of strings. */
function hasTooManyValues(json: string): boolean {
  if (json.length <= MAX_VALUES) return false;
  let values = 0;
  for (let at = 0; at < json.length && values <= MAX_VALUES; at += 1) {
    const code = json.charCodeAt(at);
    if (code === COMMA || code === BRACKET || code === BRACE) values += 1;
  }
  return values > MAX_VALUES;
}

const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** model: `errors` of code, message and details; seen in the field: a message of null. */
const spApiErrors = z.object({
  errors: z
    .array(
      z.object({
        code: z.string().nullish(),
        message: z.string().nullish(),
        details: z.string().nullish().catch(null),
      }),
    )
    .min(1),
});
/** `error` is one of OAuth's codes; `error_description` is free text that may contain secrets, so it isn't read. */
const loginError = z.object({ error: z.string().regex(/^[a-z_]{1,50}$/) });

interface ApiError {
  readonly code: string | null;
  readonly message: string;
  readonly details?: string | null;
}

/** Returns the first error of a body in the shape of its API; null if it has none. */
function apiErrorIn(operation: AnyOperation, body: unknown): ApiError | null {
  if (operation === 'token') {
    const read = loginError.safeParse(body);
    return read.success ? { code: read.data.error, message: '' } : null;
  }
  const first = spApiErrors.safeParse(body).data?.errors[0];
  return first ? { code: first.code ?? null, message: first.message ?? '', details: first.details ?? null } : null;
}

/** Parses seconds or an HTTP date to milliseconds. */
function retryAfterMs(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
