import { z } from 'zod';
import { storableJson } from '../../core/storable-text.js';
import { type Called, MALFORMED_BODY, SpApiFailure } from './failure.js';
import type { Answer } from './http.js';

/**
 * Returns the parsed body of a 200, every text in it fit for the database.
 * @param now for a `Retry-After` that names an instant
 * @throws {SpApiFailure} for every other status, and for a body that isn't whole JSON
 */
export function readAnswer(operation: Called, answer: Answer, now: Date): unknown {
  const { status } = answer;
  const { value, complaint } = parse(answer);
  const requestId = header(answer, 'x-amzn-requestid') ?? header(answer, 'x-amz-rid') ?? null;
  const refusal = complaint === null ? refusalIn(operation, value) : null;
  // docs: SP-API's own answers to a 200 have no `errors`; the login's errors count whatever the status.
  if (status === 200 && complaint === null && (operation !== 'token' || refusal === null)) return value;
  const isMalformed = status === 200 && complaint === NOT_JSON;
  throw new SpApiFailure({
    operation,
    status,
    ...(refusal ?? { code: isMalformed ? MALFORMED_BODY : null, message: complaint ?? '' }),
    requestId,
    retryable: mayPass(operation, status, refusal),
    retryAfterMs: retryAfterMs(header(answer, 'retry-after'), now),
  });
}

/** OAuth's errors that no retry mends, and those that may pass, whatever the status they come with. */
const LASTING_LOGIN_ERRORS = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client']);
const PASSING_LOGIN_ERRORS = new Set(['server_error', 'temporarily_unavailable']);

/** seen in the field (docs#3153, models#2595): Amazon's own inner credentials, for minutes and for every call. */
const SECURITY_TOKEN_EXPIRED = /security token[^.]*expired/i;

/** Whether the same request may pass later. */
function mayPass(operation: Called, status: number, refusal: Refusal | null): boolean {
  if (operation === 'token' && refusal?.code) {
    if (LASTING_LOGIN_ERRORS.has(refusal.code)) return false;
    if (PASSING_LOGIN_ERRORS.has(refusal.code)) return true;
  }
  if (status === 403) {
    // A gateway's 403 (HTML, `{"message":"Forbidden"}`) says nothing about the seller's authorisation.
    if (refusal === null) return true;
    return SECURITY_TOKEN_EXPIRED.test(`${refusal.message} ${refusal.details ?? ''}`);
  }
  // Redirects are not followed; 408 is a server's own time-out.
  return status === 200 || status >= 500 || status === 429 || status === 408;
}

export function header(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Arrays, objects and members of a body. A page of 100 orders has 20,000 usually; 32 MB of `[],` take seconds to parse. */
const MAX_VALUES = 1_000_000;

const NOT_JSON = 'The body is not whole JSON';

/**
 * The body as JSON whose texts can be stored, or what is wrong with it.
 * Seen in the field: gateways answer with HTML, so the content type is checked first.
 */
function parse(answer: Answer): { value: unknown; complaint: string | null } {
  const type = header(answer, 'content-type') ?? 'no content type';
  const refused = (complaint: string) => ({ value: undefined, complaint });
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) return refused(`The body came as ${type}`);
  if (hasTooManyValues(answer.body))
    return refused(`The body has more than ${MAX_VALUES.toLocaleString('en')} JSON values, the limit`);
  try {
    return { value: JSON.parse(storableJson(answer.body)), complaint: null };
  } catch {
    // The parser's own message quotes the body.
    return refused(NOT_JSON);
  }
}

/** Counts the commas and opening brackets, those inside of texts too. */
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
/** OAuth's words are a fixed set; `error_description` is free text next to secrets, so it is left alone. */
const loginError = z.object({ error: z.string().regex(/^[a-z_]{1,50}$/) });

interface Refusal {
  readonly code: string | null;
  readonly message: string;
  readonly details?: string | null;
}

/** The error that a body states in its API's own shape; null if it states none. */
function refusalIn(operation: Called, body: unknown): Refusal | null {
  if (operation === 'token') {
    const read = loginError.safeParse(body);
    return read.success ? { code: read.data.error, message: '' } : null;
  }
  const first = spApiErrors.safeParse(body).data?.errors[0];
  return first ? { code: first.code ?? null, message: first.message ?? '', details: first.details ?? null } : null;
}

/** Seconds, or an HTTP date. */
function retryAfterMs(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
