import { once } from 'node:events';
import { Agent as HttpAgent, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createUnzip } from 'node:zlib';
import got, { RequestError } from 'got';
import type { AnyOperation } from './endpoints.js';
import { SpApiFailure } from './failure.js';

export interface HttpLimits {
  /** Milliseconds for each of DNS lookup, connect and TLS handshake. */
  readonly connectMs: number;
  /** Milliseconds for one request, its whole answer included. */
  readonly requestMs: number;
}

/** A response of any status, its body decompressed and decoded as UTF-8. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface Http {
  /**
   * Sends one request, without retries.
   * @throws {SpApiFailure} for an incomplete response or a body above the limit; the signal's reason when aborted
   */
  send(operation: AnyOperation, request: HttpRequest, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export interface HttpRequest {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a POST, form-encoded. docs: GET must have no body. */
  readonly form?: Readonly<Record<string, string>>;
  /** Makes it a POST with this JSON. */
  readonly json?: Readonly<Record<string, unknown>>;
  readonly method?: 'DELETE';
}

/** Decompressed; a page of 100 orders usually has 0.3 MB. */
const MAX_BODY_BYTES = 32_000_000;
/** Of the token endpoint; an access token usually has 0.5 kB. */
const MAX_TOKEN_BODY_BYTES = 256_000;

/** Less than Amazon's own idle timeout: a request on a connection that is being closed would fail. */
const IDLE_MS = 15_000;

/** @param version Ordermirror's, for the user agent */
export function createHttp(limits: HttpLimits, version: string): Http {
  const { connectMs, requestMs } = limits;
  const agent = {
    http: new HttpAgent({ keepAlive: true, timeout: IDLE_MS }),
    https: new HttpsAgent({ keepAlive: true, timeout: IDLE_MS }),
  };
  const client = got.extend({
    agent,
    headers: { 'user-agent': userAgent(version), accept: 'application/json', 'accept-encoding': 'gzip' },
    // `readBody` decompresses, with a limit on the size.
    decompress: false,
    // A redirect would send the access token to another host.
    followRedirect: false,
    http2: false,
    retry: { limit: 0 },
    throwHttpErrors: false,
    timeout: { lookup: connectMs, connect: connectMs, secureConnect: connectMs, request: requestMs },
  });

  return {
    async send(operation, { url, headers, form, json, method }, signal) {
      const stream = client.stream(url, {
        method: method ?? (form || json ? 'POST' : 'GET'),
        signal,
        ...(headers && { headers }),
        ...(form && { form }),
        ...(json && { json }),
      });
      // got waits for a body of it.
      if (method === 'DELETE') stream.end();
      try {
        const maxBytes = operation === 'token' ? MAX_TOKEN_BODY_BYTES : MAX_BODY_BYTES;
        const [{ statusCode, headers: received }] = (await once(stream, 'response')) as [IncomingMessage];
        const body = await readBody(stream, received['content-encoding'], maxBytes);
        return { status: statusCode ?? 0, headers: received, body };
      } catch (error) {
        signal.throwIfAborted();
        throw toFailure(operation, stream.response?.statusCode ?? null, error);
      } finally {
        // got doesn't destroy its streams, which would keep their listeners on the signal.
        stream.destroy();
      }
    },
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

/** got's own error is not passed on: it contains the request with its secrets. */
function toFailure(operation: AnyOperation, status: number | null, error: unknown): unknown {
  const facts = { operation, retryable: true };
  if (error instanceof BodyTooLargeError)
    return new SpApiFailure({ ...facts, status, code: null, message: error.message });
  if (error instanceof RequestError)
    return new SpApiFailure({ ...facts, status: null, code: error.code, message: error.message });
  // An error of zlib: the body is incomplete or not compressed.
  if (error instanceof Error && 'code' in error && /^Z_/.test(String(error.code)))
    return new SpApiFailure({
      ...facts,
      status,
      code: String(error.code),
      message: 'The body cannot be decompressed',
    });
  return error;
}

/** A response body above its limit. */
class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';

  constructor(maxBytes: number) {
    const limit = maxBytes < 1_000_000 ? `${maxBytes / 1000} kB` : `${maxBytes / 1_000_000} MB`;
    super(`The body is larger than ${limit}, the limit for this call`);
  }
}

/**
 * Reads a response body as UTF-8, without a byte order mark. gzip and deflate are decompressed in a stream, so that a
 * decompression bomb takes no more memory than `maxBytes`.
 * @param maxBytes before and after decompression
 * @throws {BodyTooLargeError} as soon as the limit is exceeded
 */
async function readBody(response: Readable, encoding: string | undefined, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  const received = (source: AsyncIterable<Buffer>) => limited(source, maxBytes);
  const collected = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of limited(source, maxBytes)) chunks.push(chunk);
  };
  if (encoding !== undefined && /^(x-)?gzip$|^deflate$/i.test(encoding))
    await pipeline(response, received, createUnzip(), collected);
  else await pipeline(response, collected);
  return new TextDecoder().decode(Buffer.concat(chunks));
}

async function* limited(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new BodyTooLargeError(maxBytes);
    yield chunk;
  }
}

/** docs (guideline): `AppName/Version (Language=…; Platform=…)`, Language required, at most 500 characters. */
function userAgent(version: string): string {
  return `Ordermirror/${version} (Language=JavaScript/ES2023; Platform=Node.js/${process.versions.node})`.slice(0, 500);
}
