import type { Logger } from '../../core/logger.js';
import type { Sql } from '../../database/database.js';
import type { AnyOperation } from './endpoints.js';
import type { HttpRequest } from './http.js';

/** One request to Amazon and its answer, without tokens and personal data. */
export interface SpApiCall {
  /** The run that made it; null for any other caller. */
  readonly runId: bigint | null;
  readonly operation: AnyOperation;
  /** When it was sent. */
  readonly at: Date;
  readonly durationMs: number;
  /** `GET /path?query`, or `POST /path` and its JSON. */
  readonly request: string;
  /** 1 for the first request of a call, 2 for its first repetition. */
  readonly attempt: number;
  /** HTTP status; null if no answer came. */
  readonly status: number | null;
  /** Amazon's id of the request (`x-amzn-RequestId`). */
  readonly requestId: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Whether the answer is no usable 200. */
  readonly failed: boolean;
}

/** Stores the calls to Amazon in `sp_api_call`. */
export interface CallLog {
  /** Buffers a call; it is stored within 5 s. */
  add(call: SpApiCall): void;
  /** Stores the buffered calls. Doesn't reject: a failure is logged, and the calls are stored with the next ones. */
  flush(): Promise<void>;
  /** Stores the buffered calls, and stops. */
  close(): Promise<void>;
}

const FLUSH_AFTER_MS = 5_000;
const FLUSH_AT = 100;
/** The oldest of more buffered calls are dropped, while the database can't be written. */
const MAX_BUFFERED = 1_000;

export function createCallLog({ sql, logger }: { readonly sql: Sql; readonly logger: Pick<Logger, 'warn'> }): CallLog {
  let buffer: SpApiCall[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** Batches are stored one after the other, so that ids ascend with the time. */
  let stored = Promise.resolve();

  const store = async () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = buffer;
    if (batch.length === 0) return;
    buffer = [];
    try {
      await insert(sql, batch);
    } catch (error) {
      buffer = [...batch, ...buffer].slice(-MAX_BUFFERED);
      logger.warn({ err: error }, 'The log of calls to Amazon could not be stored; trying again with the next call.');
    }
  };
  const flush = () => {
    stored = stored.then(store);
    return stored;
  };
  return {
    add(call) {
      buffer.push(call);
      if (buffer.length > MAX_BUFFERED) buffer.shift();
      if (buffer.length >= FLUSH_AT && timer) void flush();
      else timer ??= setTimeout(() => void flush(), FLUSH_AFTER_MS).unref();
    },
    flush,
    close: flush,
  };
}

async function insert(sql: Sql, calls: readonly SpApiCall[]): Promise<void> {
  await sql.query(
    `INSERT INTO sp_api_call
            (run_id, operation, at, duration_ms, request, attempt, status, request_id, error_code, error_message, failed)
     SELECT "runId", operation, at, "durationMs", request, attempt, status, "requestId", "errorCode", "errorMessage", failed
       FROM jsonb_to_recordset($1::jsonb) AS calls
            ("runId" bigint, operation text, at timestamptz, "durationMs" int, request text, attempt int, status int,
             "requestId" text, "errorCode" text, "errorMessage" text, failed boolean)`,
    [JSON.stringify(calls.map((call) => ({ ...call, runId: call.runId === null ? null : String(call.runId) })))],
  );
}

/**
 * Returns what a request asked for, as text. Of its page token only the first characters are kept. A form isn't
 * included: it contains the credential.
 */
export function requestText({ url, form, json, method: given }: HttpRequest): string {
  const { pathname, search } = new URL(url);
  const shortened = search.replace(
    /(paginationToken=)([^&]{12})([^&]+)/,
    (_all, name, start, rest) => `${name}${start}…(${rest.length} more)`,
  );
  const method = given ?? (form || json ? 'POST' : 'GET');
  return `${method} ${pathname}${shortened}${json ? ` ${JSON.stringify(json)}` : ''}`;
}
