import { z } from 'zod';
import { type Called, SpApiFailure } from './failure.js';
import type { Answer } from './http.js';

/**
 * The parsed body of a 200.
 * @param now for a `Retry-After` that names an instant
 * @throws {SpApiFailure} for every other status, and for a body that isn't whole JSON
 */
export function readAnswer(operation: Called, answer: Answer, now: Date): unknown {
  const { status } = answer;
  const { value, complaint } = parse(answer);
  const requestId = header(answer, 'x-amzn-requestid') ?? header(answer, 'x-amz-rid') ?? null;
  if (status === 200 && complaint === null) return value;
  if (status === 200) {
    throw new SpApiFailure({ operation, status, code: null, message: complaint ?? '', requestId, retryable: true });
  }
  throw new SpApiFailure({
    operation,
    status,
    ...(complaint === null ? told(operation, value) : { code: null, message: complaint }),
    requestId,
    // Redirects are not followed; 408 is a server's own time-out. The rest below 500 stays as it is.
    retryable: status >= 500 || status === 429 || status === 408,
    retryAfterMs: retryAfterMs(header(answer, 'retry-after'), now),
  });
}

export function header(answer: Answer, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Seen in the field: gateways answer with HTML, so the type is looked at first. */
function parse(answer: Answer): { value: unknown; complaint: string | null } {
  const type = header(answer, 'content-type') ?? 'no content type';
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type))
    return { value: undefined, complaint: `The body came as ${type}` };
  try {
    return { value: JSON.parse(answer.body), complaint: null };
  } catch {
    // The parser's own message quotes the body.
    return { value: undefined, complaint: 'The body is not whole JSON' };
  }
}

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

function told(operation: Called, body: unknown): { code: string | null; message: string; details?: string | null } {
  if (operation === 'token') {
    const read = loginError.safeParse(body);
    return { code: read.success ? read.data.error : null, message: '' };
  }
  const first = spApiErrors.safeParse(body).data?.errors[0];
  return { code: first?.code ?? null, message: first?.message ?? '', details: first?.details ?? null };
}

/** Seconds, or an HTTP date. */
function retryAfterMs(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now.getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}
