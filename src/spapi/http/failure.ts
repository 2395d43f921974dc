import type { Operation } from './usage-plan.js';

/** What was called: an operation of the Selling Partner API, or Login with Amazon's token endpoint. */
export type Called = Operation | 'token';

/** `code` of a 200 whose body was called JSON and is not. */
export const MALFORMED_BODY = 'MalformedBody';

export interface FailureFacts {
  readonly operation: Called;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** Amazon's word (`InvalidInput`, `invalid_grant`), or the network's (`ECONNRESET`, `ETIMEDOUT`). */
  readonly code: string | null;
  readonly message: string;
  readonly details?: string | null;
  readonly requestId?: string | null;
  /** Whether the same request may pass later. */
  readonly retryable: boolean;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs?: number | null;
}

/** One request that did not get what it came for. Its texts are quoted safely: see `quote`. */
export class SpApiFailure extends Error {
  override readonly name = 'SpApiFailure';
  readonly operation: Called;
  readonly status: number | null;
  readonly code: string | null;
  readonly details: string | null;
  readonly requestId: string | null;
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;

  constructor(facts: FailureFacts) {
    super(quote(facts.message));
    this.operation = facts.operation;
    this.status = facts.status;
    this.code = facts.code === null ? null : quote(facts.code);
    this.details = facts.details ? quote(facts.details) : null;
    this.requestId = facts.requestId ? quote(facts.requestId) : null;
    this.retryable = facts.retryable;
    this.retryAfterMs = facts.retryAfterMs ?? null;
  }

  /** A 401 or 403: a new access token may mend it, whatever its text (docs#2147, models#230). */
  get refusesAccess(): boolean {
    return this.status === 401 || this.status === 403;
  }

  /** Whether Amazon's text is about a token, and not about a role, a region or a marketplace. */
  get namesToken(): boolean {
    return /\b(access|security) token\b/i.test(`${this.message} ${this.details ?? ''}`);
  }

  /** docs: 403 with "access token … expired" in the details (seen in the field). */
  get accessTokenExpired(): boolean {
    return this.status === 403 && /access token[^.]*expired/i.test(`${this.message} ${this.details ?? ''}`);
  }

  /** `503 ServiceUnavailable: Try again.`, as far as known. */
  get summary(): string {
    const head = [this.status, this.code].filter((part) => part !== null).join(' ');
    return [head, this.message].filter((part) => part !== '').join(': ');
  }
}

/** Amazon's tokens by their prefixes, and e-mail addresses. */
const NOT_TO_BE_QUOTED = /At[zc][ar]?\|[^\s"']*|[^\s"'<>]{1,64}@[^\s"'<>]{1,255}/g;

/** A foreign text, fit for a log and an error: one line, at most 300 characters, without tokens and addresses. */
export function quote(text: string): string {
  const line = text
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(NOT_TO_BE_QUOTED, '…')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
