import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { RequestError } from 'got';
import { BodyTooLarge, readBody } from './body.js';
import { type Called, SpApiFailure } from './failure.js';

export interface HttpLimits {
  /** Milliseconds for each of: finding the host, connecting, and the TLS handshake. */
  readonly connectMs: number;
  /** Milliseconds for one request and its whole answer. */
  readonly requestMs: number;
}

/** A response of any status. The body is decompressed and decoded as UTF-8, and not parsed. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Http {
  /**
   * Sends one request. Never retries.
   * @throws {SpApiFailure} without a whole response, and for a body above `maxBodyBytes`; the signal's reason when aborted
   */
  send(called: Called, request: HttpRequest, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a POST, form-encoded. docs: GET must have no body. */
  readonly form?: Readonly<Record<string, string>>;
}

/** Of a response of the Selling Partner API, decompressed: a page of 100 orders has 0.3 MB usually. */
const MAX_BODY_BYTES = 32_000_000;
/** Of a response of the token endpoint: an access token has 0.5 kB usually. */
const MAX_TOKEN_BODY_BYTES = 256_000;

/** Idle connections are dropped before Amazon drops them: a request on one that is just being cut would be lost. */
const IDLE_MS = 15_000;

export function createHttp(limits: HttpLimits, userAgent: string): Http {
  const { connectMs, requestMs } = limits;
  const agent = {
    http: new HttpAgent({ keepAlive: true, timeout: IDLE_MS }),
    https: new HttpsAgent({ keepAlive: true, timeout: IDLE_MS }),
  };
  const client = got.extend({
    agent,
    headers: { 'user-agent': userAgent, accept: 'application/json', 'accept-encoding': 'gzip' },
    // Decompressed in `readBody`, which limits the size of what comes out.
    decompress: false,
    // A redirect would carry the access token to another host.
    followRedirect: false,
    http2: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    timeout: { lookup: connectMs, connect: connectMs, secureConnect: connectMs, request: requestMs },
  });

  return {
    async send(called, { url, headers, form }, signal) {
      const stream = client.stream(url, {
        method: form ? 'POST' : 'GET',
        signal,
        ...(headers && { headers }),
        ...(form && { form }),
      });
      try {
        const maxBytes = called === 'token' ? MAX_TOKEN_BODY_BYTES : MAX_BODY_BYTES;
        const [{ statusCode, headers: received }] = (await once(stream, 'response')) as [IncomingMessage];
        const body = await readBody(stream, received['content-encoding'], maxBytes);
        return { status: statusCode ?? 0, headers: received, body };
      } catch (error) {
        signal.throwIfAborted();
        throw withoutWholeBody(called, stream.response?.statusCode ?? null, error);
      } finally {
        // got's streams don't destroy themselves, and would keep their listener on the signal.
        stream.destroy();
      }
    },
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

/** got's own error is not passed on: it holds the whole request, secrets included. */
function withoutWholeBody(operation: Called, status: number | null, error: unknown): unknown {
  const facts = { operation, retryable: true };
  if (error instanceof BodyTooLarge) return new SpApiFailure({ ...facts, status, code: null, message: error.message });
  if (error instanceof RequestError)
    return new SpApiFailure({ ...facts, status: null, code: error.code, message: error.message });
  // zlib's own errors: the body was cut, or is none of gzip.
  if (error instanceof Error && 'code' in error && /^Z_/.test(String(error.code)))
    return new SpApiFailure({
      ...facts,
      status,
      code: String(error.code),
      message: 'The body can not be decompressed',
    });
  return error;
}
