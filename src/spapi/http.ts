import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { RequestError } from 'got';
import { type Called, SpApiFailure } from './failure.js';

export interface HttpLimits {
  /** Milliseconds for each of: finding the host, connecting, and the TLS handshake. */
  readonly connectMs: number;
  /** Milliseconds for one request and its whole answer. */
  readonly requestMs: number;
}

/** An answer of whatever status, its body decompressed but not looked at. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Http {
  /**
   * One request, never repeated here.
   * @throws {SpApiFailure} when no whole answer came; the signal's reason when aborted
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
    headers: { 'user-agent': userAgent, accept: 'application/json' },
    // A redirect would carry the access token to another host.
    followRedirect: false,
    http2: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    timeout: { lookup: connectMs, connect: connectMs, secureConnect: connectMs, request: requestMs },
  });

  return {
    async send(called, { url, headers, form }, signal) {
      try {
        const method = form ? client.post : client.get;
        const {
          statusCode,
          headers: received,
          body,
        } = await method(url, {
          signal,
          ...(headers && { headers }),
          ...(form && { form }),
        });
        return { status: statusCode, headers: received, body };
      } catch (error) {
        signal.throwIfAborted();
        throw noAnswer(called, error);
      }
    },
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

/** got's own error is not passed on: it holds the whole request, secrets included. */
function noAnswer(operation: Called, error: unknown): unknown {
  if (!(error instanceof RequestError)) return error;
  return new SpApiFailure({ operation, status: null, code: error.code, message: error.message, retryable: true });
}
