import type { Clock } from '../../core/clock.js';
import { SyncError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { noTracer, type Span, type Tracer } from '../../core/tracer.js';
import { header } from './answer.js';
import type { SpApiCall } from './call-log.js';
import type { CallWatch } from './call-watch.js';
import { createDownload, type Download } from './download.js';
import type { Operation } from './endpoints.js';
import { exchange } from './exchange.js';
import { SpApiFailure } from './failure.js';
import { type Answer, createHttp, type HttpLimits, type HttpRequest } from './http.js';
import { createAccessTokens, logIn, type Scope, type SpApiCredential } from './login.js';
import { type BucketStore, createRateLimit } from './rate-limit.js';
import { DEFAULT_RETRY_LIMITS, type RetryLimits, type RetryPolicy, withRetry } from './retry.js';

export interface SpApiClientOptions {
  /** Base URL of the Selling Partner API: a region's, a sandbox's or the simulator's. */
  readonly endpoint: string;
  /** Base URL of Login with Amazon. */
  readonly lwaEndpoint: string;
  readonly credential: SpApiCredential;
  readonly usagePlans: BucketStore;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'warn'>;
  /** Ordermirror's, for the user agent. */
  readonly version: string;
  /** Called after each answer with its HTTP status and duration in milliseconds. */
  readonly onAnswer?: (operation: Operation, status: number, ms: number) => void;
  /** Called with each request to Amazon, logins included, once it was answered or has failed. */
  readonly onCall?: (call: SpApiCall) => void;
  /** Called with each answer's `Date` header and the instant at which the request was sent. */
  readonly onServerTime?: (date: Date, before: Date) => void;
  readonly tracer?: Tracer;
  /** In [0, 1), for jitter. */
  readonly random?: () => number;
  readonly limits?: Partial<SpApiLimits>;
}

/** The limits of a single request, and of a call with its retries. */
export type SpApiLimits = HttpLimits & RetryLimits;

const DEFAULT_LIMITS: SpApiLimits = { connectMs: 10_000, requestMs: 60_000, ...DEFAULT_RETRY_LIMITS };

export interface SpApiClient {
  /**
   * GETs `path?query` and resolves with the parsed JSON. Waits for quota, retries failures that may be temporary, and
   * renews the access token after a 401 or 403, once per call.
   * @param query encoded; empty for none
   * @param retryLimits for this call, in place of the client's
   * @throws {SyncError} with the `SpApiFailure` as its cause; the signal's reason when aborted
   */
  get(
    operation: Operation,
    path: string,
    query: string,
    watch: CallWatch,
    retryLimits?: Partial<RetryLimits>,
  ): Promise<unknown>;
  /**
   * The same with a POST of JSON. A request whose outcome is unknown (connection lost, 5xx) is repeated like any other, so
   * that what it creates may be created twice.
   */
  post(operation: Operation, path: string, json: Readonly<Record<string, unknown>>, watch: CallWatch): Promise<unknown>;
  /** The same with a token that needs no seller's grant; a GET without `json`. */
  grantless(
    operation: Operation,
    request: Pick<HttpRequest, 'json' | 'method'> & { readonly path: string },
    watch: CallWatch,
  ): Promise<unknown>;
  /**
   * Starts to download a report from its presigned URL, which is a secret. Retries failures that may be temporary, until the
   * bytes start to come; costs no quota.
   * @param name for the log of calls, in place of the URL
   * @throws {SyncError} with the `SpApiFailure` as its cause, of status 403 if the URL has expired; the signal's reason when
   *   aborted
   */
  download(url: string, name: string, watch: CallWatch): Promise<Download>;
  /** Aborts pending calls and closes the connections. */
  close(): void;
}

interface Call {
  readonly operation: Operation;
  readonly target: Pick<HttpRequest, 'json' | 'method'> & { readonly path: string };
  readonly watch: CallWatch;
  readonly retryLimits?: Partial<RetryLimits> | undefined;
  /** Default: the seller's. */
  readonly accessTokens?: ReturnType<typeof createAccessTokens>;
}

export function createSpApiClient(options: SpApiClientOptions): SpApiClient {
  const { clock, logger, usagePlans, random = Math.random, tracer = noTracer } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const http = createHttp(limits, options.version);
  const policy: RetryPolicy = { clock, logger, random, limits };
  const endpoint = options.endpoint.replace(/\/+$/, '');
  /** A simulator's downloads need no TLS either. */
  const httpHost = endpoint.startsWith('http:') ? new URL(endpoint).hostname : null;
  const closing = new AbortController();
  const tokensOf = (scope?: Scope) =>
    createAccessTokens(
      (watch) => logIn({ http, policy, onCall: options.onCall }, options.lwaEndpoint, options.credential, watch, scope),
      clock,
    );
  const sellerTokens = tokensOf();
  const grantlessTokens = tokensOf('sellingpartnerapi::notifications');

  /**
   * The last access token that was refused right after a login, so that the cause is another one, such as a marketplace
   * without access. Further refusals of it cause no login, unless their text names the token.
   */
  let refusedWhenNew: string | null = null;

  const call = (request: Call) => tracer.span(request.operation, {}, (span) => execute(request, span));

  async function execute(
    { operation, target, watch: outerWatch, retryLimits, accessTokens = sellerTokens }: Call,
    span: Span,
  ): Promise<unknown> {
    const watch = withSignal(outerWatch, closing.signal);
    watch.signal.throwIfAborted();
    const rateLimit = createRateLimit(operation, usagePlans, clock, watch);
    const { path, ...body } = target;

    let requests = 0;
    let waitedMs = 0;
    function request(accessToken: string): Promise<unknown> {
      watch.onRequest();
      requests += 1;
      const { onCall } = options;
      return exchange({
        http,
        clock,
        operation,
        request: { url: `${endpoint}${path}`, headers: { 'x-amz-access-token': accessToken }, ...body },
        attempt: requests,
        watch,
        onCall,
        onAnswer,
      });
    }
    async function onAnswer(answer: Answer, sentAt: Date, ms: number): Promise<void> {
      const rate = header(answer, 'x-amzn-ratelimit-limit');
      logger.debug({ operation, status: answer.status, ms, rate, bytes: answer.body.length }, 'SP-API answered');
      options.onAnswer?.(operation, answer.status, ms);
      const date = header(answer, 'date');
      if (date !== undefined) options.onServerTime?.(new Date(date), sentAt);
      await rateLimit.update(answer.status, rate);
    }

    // A permanent and a temporary refusal may follow each other: the token is renewed once for each.
    const renewedFor = new Set<'temporary' | 'permanent'>();
    async function attempt(): Promise<unknown> {
      let accessToken = await accessTokens.get(watch);
      for (;;) {
        try {
          return await request(accessToken);
        } catch (failure) {
          if (!(failure instanceof SpApiFailure) || !failure.refusesAccess) throw failure;
          const kind = failure.retryable ? 'temporary' : 'permanent';
          if (kind === 'permanent' && renewedFor.has(kind)) refusedWhenNew = accessToken;
          if (renewedFor.has(kind) || (accessToken === refusedWhenNew && !failure.namesToken)) throw failure;
          renewedFor.add(kind);
        }
        accessToken = await accessTokens.renew(accessToken, watch);
        await rateLimit.takeToken();
      }
    }

    // Logs in before waiting for quota, so that a revoked authorisation is reported at once.
    await accessTokens.get(watch);
    const ready = async () => {
      const waitsSince = clock.now().getTime();
      await rateLimit.takeToken();
      waitedMs += clock.now().getTime() - waitsSince;
    };
    const attempts = { ready, attempt, periodMs: rateLimit.periodMs };
    try {
      return await withRetry(attempts, { ...policy, limits: { ...limits, ...retryLimits } }, watch);
    } finally {
      span.set({ 'ordermirror.amazon.requests': requests, 'ordermirror.amazon.quota_wait_ms': waitedMs });
    }
  }

  const download = createDownload({ clock, policy, limits, httpHost, onCall: options.onCall });

  return {
    get: (operation, path, query, watch, retryLimits) =>
      call({ operation, target: { path: query === '' ? path : `${path}?${query}` }, watch, retryLimits }),
    post: (operation, path, json, watch) => call({ operation, target: { path, json }, watch }),
    grantless: (operation, target, watch) => call({ operation, target, watch, accessTokens: grantlessTokens }),
    download: (url, name, watch) => download(url, name, withSignal(watch, closing.signal)),
    close() {
      closing.abort(new SyncError('INTERRUPTED', 'The connection to Amazon was closed during a call.'));
      http.close();
    },
  };
}

/** Returns a watch that another signal aborts as well. */
function withSignal(watch: CallWatch, signal: AbortSignal): CallWatch {
  return {
    signal: AbortSignal.any([watch.signal, signal]),
    runId: watch.runId,
    onRequest: () => watch.onRequest(),
    onWait: (until, reason) => watch.onWait(until, reason),
    onFailure: (failure) => watch.onFailure?.(failure),
    onQuota: (of, left) => watch.onQuota?.(of, left),
  };
}
