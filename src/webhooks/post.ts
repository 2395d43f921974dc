import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { redactText } from '../core/redaction.js';
import { storableText } from '../core/storable-text.js';
import { type AddressRules, assertAllowedHost, checkedLookup, RefusedAddressError } from './address.js';

/** The result of one request. Any status but 2xx is a failure. */
export interface Attempt {
  readonly ok: boolean;
  /** Null without a response. */
  readonly status: number | null;
  /** Null if it went well. */
  readonly error: string | null;
  readonly durationMs: number;
  readonly retryAfter: string | undefined;
}

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly rules: AddressRules;
  readonly timeoutMs: number;
  /** Keeps connections; without one the connection is closed. */
  readonly agent?: Agent | undefined;
  /** Ends the request; the returned promise then rejects with its reason. */
  readonly signal: AbortSignal;
}

const MAX_RESPONSE_BYTES = 64 * 1024;
const MAX_EXCERPT = 200;
const IDLE_SOCKET_MS = 30_000;
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused.',
  ECONNRESET: 'The connection was closed without a response.',
  EPIPE: 'The connection was closed without a response.',
  ENOTFOUND: 'The name of the host could not be resolved.',
  EAI_AGAIN: 'The name of the host could not be resolved.',
  EHOSTUNREACH: 'The host could not be reached.',
  ENETUNREACH: 'The network could not be reached.',
};

/** Returns an agent that keeps connections to an address. */
export function agentFor({ protocol }: URL, maxSockets: number): Agent {
  const options = { keepAlive: true, maxSockets, timeout: IDLE_SOCKET_MS };
  return protocol === 'https:' ? new HttpsAgent(options) : new Agent(options);
}

/** Sends one POST request. Redirects are not followed; of the response at most 64 kB are read, within the time limit. */
export async function post(options: Post): Promise<Attempt> {
  const started = performance.now();
  const elapsed = () => Math.round(performance.now() - started);
  try {
    return { ...(await send(options, true)), durationMs: elapsed() };
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    return { ok: false, status: null, error: describe(error), durationMs: elapsed(), retryAfter: undefined };
  }
}

type Result = Omit<Attempt, 'durationMs'>;

function send(options: Post, mayRepeat: boolean): Promise<Result> {
  const { url, headers, body, rules, timeoutMs, agent, signal } = options;
  assertAllowedHost(url, rules);
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      lookup: checkedLookup(rules),
      agent: agent ?? false,
    });
    const onAbort = () => request.destroy(signal.reason);
    const timer = setTimeout(
      () => request.destroy(new Error(`There was no response within ${timeoutMs / 1000} seconds.`)),
      timeoutMs,
    );
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    let response: IncomingMessage | undefined;
    request.once('error', (error: NodeJS.ErrnoException) => {
      end();
      if (response) return;
      // A kept connection that the receiver closed at the same moment says nothing about this request.
      const isStale = mayRepeat && request.reusedSocket && !signal.aborted && error.code === 'ECONNRESET';
      if (isStale) send({ ...options, agent: undefined }, false).then(resolve, reject);
      else reject(error);
    });
    request.once('response', (received) => {
      response = received;
      let size = 0;
      let text = '';
      received.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (text.length < MAX_EXCERPT) text += chunk.subarray(0, MAX_EXCERPT * 4).toString('utf8');
        if (size > MAX_RESPONSE_BYTES) received.destroy();
      });
      // The status counts, even if the rest of the response does not come.
      received.once('error', () => {});
      received.once('close', () => {
        end();
        if (signal.aborted) reject(signal.reason);
        else resolve(resultOf(received, text));
      });
    });
    request.end(body);
  });
}

function resultOf({ statusCode: status = 0, headers }: IncomingMessage, text: string): Result {
  const ok = status >= 200 && status < 300;
  const isRedirect = status >= 300 && status < 400;
  const detail = isRedirect
    ? 'Redirects are not followed; save the address that it leads to.'
    : redactText(storableText(text).replace(/[\p{Cc}\s]+/gu, ' ')).trim();
  const error = ok ? null : `The response was ${status}.${detail === '' ? '' : ` ${detail}`}`.slice(0, MAX_EXCERPT);
  return { ok, status, error, retryAfter: headers['retry-after'] };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'The request failed.';
  if (error instanceof RefusedAddressError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException | undefined)?.code : code;
  const word = WORDS[inner ?? ''];
  if (word !== undefined) return word;
  const text = code === undefined ? error.message : `The request failed: ${error.message} (${code}).`;
  return redactText(text)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MAX_EXCERPT);
}
