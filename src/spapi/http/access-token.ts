import type { Clock } from '../../core/clock.js';
import type { CallWatch } from '../orders/order-source.js';
import { type SharedWork, shareWork } from './shared-work.js';

export interface AccessToken {
  readonly token: string;
  /** Epoch milliseconds until which it may be used. */
  readonly goodUntil: number;
}

/** One access token for all calls: kept in memory only, got once however many wait for it. */
export interface AccessTokens {
  /** @throws {SyncError} when Login with Amazon gives none */
  get(watch: CallWatch): Promise<string>;
  /** A token other than the one that was `rejected`; a new one only where nobody has got it meanwhile. @throws {SyncError} */
  renew(rejected: string, watch: CallWatch): Promise<string>;
}

export function createAccessTokens(login: (watch: CallWatch) => Promise<AccessToken>, clock: Clock): AccessTokens {
  let cached: AccessToken | null = null;
  let underWay: SharedWork<string> | null = null;

  function start(): SharedWork<string> {
    const started = shareWork(
      async (watch) => {
        cached = await login(watch);
        return cached.token;
      },
      () => {
        if (underWay === started) underWay = null;
      },
    );
    return started;
  }

  const tokens: AccessTokens = {
    async get(watch) {
      if (cached && clock.now().getTime() < cached.goodUntil) return cached.token;
      watch.signal.throwIfAborted();
      underWay ??= start();
      return underWay.join(watch);
    },
    async renew(rejected, watch) {
      if (cached?.token === rejected) cached = null;
      return tokens.get(watch);
    },
  };
  return tokens;
}
