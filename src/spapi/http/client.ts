import type { Clock } from '../../core/clock.js';
import { SyncError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import type { CallWatch } from '../orders/order-source.js';
import { createAccessTokens } from './access-token.js';
import { header, readAnswer } from './answer.js';
import { SpApiFailure } from './failure.js';
import { createHttp, type HttpLimits } from './http.js';
import { logIn, type SpApiCredential } from './login.js';
import { type Patience, persist } from './persist.js';
import { createQuota } from './quota.js';
import { DEFAULT_RETRY_LIMITS, type RetryLimits } from './retry.js';
import type { Operation, UsagePlanStore } from './usage-plan.js';
import { userAgent } from './user-agent.js';

export interface SpApiClientOptions {
  /** Base address of the Selling Partner API: a region's, a sandbox's or a simulator's. */
  readonly endpoint: string;
  /** Base address of Login with Amazon. */
  readonly lwaEndpoint: string;
  readonly credential: SpApiCredential;
  readonly usagePlans: UsagePlanStore;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'debug' | 'warn'>;
  /** Ordermirror's own, for the user-agent. */
  readonly version: string;
  /** Told of each answer: its HTTP status, and how many milliseconds it took. */
  readonly onAnswer?: (operation: Operation, status: number, ms: number) => void;
  /** Called with the time of each answer's `Date` header, and the instant at which the request was sent. */
  readonly onServerTime?: (date: Date, before: Date) => void;
  /** In [0, 1); for jitter. */
  readonly random?: () => number;
  readonly limits?: Partial<SpApiLimits>;
}

/** When a request, and when a call, gives up. */
export type SpApiLimits = HttpLimits & RetryLimits;

export const DEFAULT_LIMITS: SpApiLimits = { connectMs: 10_000, requestMs: 60_000, ...DEFAULT_RETRY_LIMITS };

export interface SpApiClient {
  /**
   * GETs `path?query` of the Selling Partner API and resolves with the parsed answer. Waits for quota, retries what may
   * pass, and after a 401 or 403 asks for a new access token, once a call.
   * @param query as it goes over the wire, encoded already; empty for none
   * @param retryLimits of this call, where they differ from the client's
   * @throws {SyncError} with the `SpApiFailure` as its cause; the signal's reason when aborted
   */
  get(
    operation: Operation,
    path: string,
    query: string,
    watch: CallWatch,
    retryLimits?: Partial<RetryLimits>,
  ): Promise<unknown>;
  /** Stops what is under way and drops the connections. */
  close(): void;
}

export function createSpApiClient(options: SpApiClientOptions): SpApiClient {
  const { clock, logger, usagePlans, random = Math.random } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const http = createHttp(limits, userAgent(options.version, process.versions.node));
  const patience: Patience = { clock, logger, random, limits };
  const endpoint = options.endpoint.replace(/\/+$/, '');
  const closing = new AbortController();
  const accessTokens = createAccessTokens(
    (watch) => logIn(http, options.lwaEndpoint, options.credential, patience, watch),
    clock,
  );

  /**
   * The last access token that did not mend a refusal. Another refusal of it has another cause (a marketplace that the
   * seller has no access to), unless its text says otherwise: so such a marketplace costs one call a run, not two.
   */
  let refusedThoughNew: string | null = null;

  const get: SpApiClient['get'] = async (operation, path, query, outerWatch, retryLimits) => {
    const watch: CallWatch = {
      signal: AbortSignal.any([outerWatch.signal, closing.signal]),
      onRequest: () => outerWatch.onRequest(),
      onWait: (until, reason) => outerWatch.onWait(until, reason),
      onFailure: (failure) => outerWatch.onFailure?.(failure),
      onQuota: (of, left) => outerWatch.onQuota?.(of, left),
    };
    watch.signal.throwIfAborted();
    const quota = createQuota(operation, usagePlans, clock, watch);
    const url = `${endpoint}${path}${query && `?${query}`}`;

    async function request(accessToken: string): Promise<unknown> {
      watch.onRequest();
      const sentAt = clock.now();
      const answer = await http.send(operation, { url, headers: { 'x-amz-access-token': accessToken } }, watch.signal);
      const rate = header(answer, 'x-amzn-ratelimit-limit');
      const ms = clock.now().getTime() - sentAt.getTime();
      logger.debug({ operation, status: answer.status, ms, rate, bytes: answer.body.length }, 'SP-API answered');
      options.onAnswer?.(operation, answer.status, ms);
      const date = header(answer, 'date');
      if (date !== undefined) options.onServerTime?.(new Date(date), sentAt);
      await quota.learn(answer.status, rate);
      return readAnswer(operation, answer, clock.now());
    }

    // Once for a refusal that stays, and once for one that may pass: either may follow the other.
    const renewedFor = new Set<'passing' | 'lasting'>();
    async function attempt(): Promise<unknown> {
      let accessToken = await accessTokens.get(watch);
      for (;;) {
        try {
          return await request(accessToken);
        } catch (failure) {
          if (!(failure instanceof SpApiFailure) || !failure.refusesAccess) throw failure;
          const kind = failure.retryable ? 'passing' : 'lasting';
          if (kind === 'lasting' && renewedFor.has(kind)) refusedThoughNew = accessToken;
          if (renewedFor.has(kind) || (accessToken === refusedThoughNew && !failure.namesToken)) throw failure;
          renewedFor.add(kind);
        }
        accessToken = await accessTokens.renew(accessToken, watch);
        await quota.takeToken();
      }
    }

    // A revoked authorisation is told before three minutes of waiting for quota, not after.
    await accessTokens.get(watch);
    const attempts = { ready: quota.takeToken, attempt, periodMs: quota.periodMs };
    return persist(attempts, { ...patience, limits: { ...limits, ...retryLimits } }, watch);
  };

  return {
    get,
    close() {
      closing.abort(new SyncError('INTERRUPTED', 'The connection to Amazon was closed while a call was under way.'));
      http.close();
    },
  };
}
