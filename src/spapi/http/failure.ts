import type { AnyOperation } from './endpoints.js';

/** The `code` of a 200 whose body is not valid JSON. */
export const MALFORMED_BODY = 'MalformedBody';

export interface FailureFacts {
  readonly operation: AnyOperation;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** Amazon's error code (`InvalidInput`, `invalid_grant`) or the network's (`ECONNRESET`, `ETIMEDOUT`). */
  readonly code: string | null;
  readonly message: string;
  readonly details?: string | null;
  readonly requestId?: string | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What `Retry-After` asks for, in milliseconds. */
  readonly retryAfterMs?: number | null;
}

/** A failed request. Amazon's texts in it are sanitised by `quote`. */
export class SpApiFailure extends Error {
  override readonly name = 'SpApiFailure';
  readonly operation: AnyOperation;
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

  /** A 429: Amazon's quota is used up. */
  get isThrottle(): boolean {
    return this.status === 429;
  }

  /** A 401 or 403. A new access token may help, regardless of the text (docs#2147, models#230). */
  get refusesAccess(): boolean {
    return this.status === 401 || this.status === 403;
  }

  /** Whether Amazon's text is about a token rather than a role, a region or a marketplace. */
  get namesToken(): boolean {
    return /\b(access|security) token\b/i.test(`${this.message} ${this.details ?? ''}`);
  }

  /** The known ones of status, code and message: `503 ServiceUnavailable: Try again.` */
  get summary(): string {
    const head = [this.status, this.code].filter((part) => part !== null).join(' ');
    return [head, this.message].filter((part) => part !== '').join(': ');
  }
}

/** Amazon's tokens, by their prefixes, and e-mail addresses. */
const SECRETS = /At[zc][ar]?\|[^\s"']*|[^\s"'<>]{1,64}@[^\s"'<>]{1,255}/g;

/** Returns a text from outside as one line of at most 300 characters, without tokens and e-mail addresses. */
export function quote(text: string): string {
  const line = text
    .slice(0, 2000)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(SECRETS, '…')
    .trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
