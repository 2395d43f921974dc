import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import got, { RequestError } from 'got';
import type { Clock } from '../../core/clock.js';
import type { SpApiCall } from './call-log.js';
import type { CallWatch } from './call-watch.js';
import { startRecord } from './exchange.js';
import { SpApiFailure } from './failure.js';
import type { HttpLimits } from './http.js';
import { type RetryPolicy, withRetry } from './retry.js';

/** A file that is being received. */
export interface Download {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /**
   * The bytes as received. Receiving pauses while they aren't read, and ends when the iteration is left.
   * @throws {SpApiFailure} if the connection is lost or nothing is received for too long; the signal's reason when aborted
   */
  readonly body: AsyncIterable<Buffer>;
}

const operation = 'downloadReport';
const MAX_REDIRECTS = 3;

interface DownloadOptions {
  readonly clock: Clock;
  readonly policy: RetryPolicy;
  readonly limits: HttpLimits;
  /** The host that may be used without TLS, that of an endpoint without TLS; null for none. */
  readonly httpHost: string | null;
  readonly onCall: ((call: SpApiCall) => void) | undefined;
}

/** Starts downloads, with retries (`SpApiClient.download`). @throws {SyncError}; the signal's reason when aborted */
export function createDownload({ clock, policy, limits, httpHost, onCall }: DownloadOptions) {
  return (url: string, name: string, watch: CallWatch): Promise<Download> => {
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      const record = startRecord({ clock, operation, attempt: attempts, watch, onCall }, `GET ${name}`);
      try {
        const started = await start(url, limits, httpHost, watch.signal);
        record.end({ status: 200, headers: started.headers }, record.elapsedMs());
        return started;
      } catch (error) {
        record.end(undefined, record.elapsedMs(), error);
        throw error;
      }
    };
    return withRetry({ attempt }, policy, watch);
  };
}

/**
 * Requests the presigned URL (model: valid for five minutes) without any header of ours. The URL is the credential, so it is
 * in no error. Resolves with a 200 only. @throws {SpApiFailure} the signal's reason when aborted
 */
async function start(
  url: string,
  { connectMs, requestMs }: HttpLimits,
  httpHost: string | null,
  signal: AbortSignal,
): Promise<Download> {
  let target = allowedUrl(url, undefined, httpHost);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const stream = got.stream(target, {
      signal,
      headers: { 'user-agent': undefined },
      decompress: false,
      followRedirect: false,
      http2: false,
      retry: { limit: 0 },
      throwHttpErrors: false,
      timeout: { lookup: connectMs, connect: connectMs, secureConnect: connectMs, response: requestMs },
    });
    try {
      const [{ statusCode: status = 0, headers }] = (await once(stream, 'response')) as [IncomingMessage];
      if (status === 200) return { headers, body: received(stream, requestMs, signal) };
      stream.destroy();
      if (status < 300 || status > 399 || headers.location === undefined) throw refused(status);
      target = allowedUrl(headers.location, target, httpHost);
    } catch (error) {
      stream.destroy();
      signal.throwIfAborted();
      throw toFailure(error);
    }
  }
  throw failure({ message: `The download was redirected more than ${MAX_REDIRECTS} times`, retryable: false });
}

function allowedUrl(url: string, base: URL | undefined, httpHost: string | null): URL {
  if (URL.canParse(url, base)) {
    const parsed = new URL(url, base);
    if (parsed.protocol === 'https:') return parsed;
    if (parsed.protocol === 'http:' && parsed.hostname === httpHost) return parsed;
  }
  throw failure({ message: 'The address of the report is not an https URL', retryable: false });
}

async function* received(stream: Readable, stallMs: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const chunks = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      // Measured only while waiting: the reader may pause for as long as it likes.
      const stalled = setTimeout(() => stream.destroy(new StalledError(stallMs)), stallMs);
      const next = await chunks.next().finally(() => clearTimeout(stalled));
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw toFailure(error);
  } finally {
    stream.destroy();
  }
}

/** Nothing was received for too long. */
class StalledError extends Error {
  override readonly name = 'StalledError';
  /** got's error takes it over. */
  readonly code = 'ETIMEDOUT';

  constructor(ms: number) {
    super(`The download stalled for ${ms / 1000} s`);
  }
}

function refused(status: number): SpApiFailure {
  return failure({ status, retryable: status >= 500 || status === 429 || status === 408 });
}

/** got's own error is not passed on: it contains the request, and so the URL. */
function toFailure(error: unknown): unknown {
  if (error instanceof RequestError) return failure({ code: error.code, message: error.message });
  return error;
}

function failure(facts: { status?: number; code?: string; message?: string; retryable?: boolean }): SpApiFailure {
  return new SpApiFailure({ operation, status: null, code: null, message: '', retryable: true, ...facts });
}
