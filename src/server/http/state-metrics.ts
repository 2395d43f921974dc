import { Gauge, type Registry } from 'prom-client';
import { authorizationExpiresAt, secretExpiresAt } from '../../connection/credential-expiry.js';
import type { Database } from '../../database/database.js';
import type { AmazonCredential } from '../../generated/prisma/client.js';

type State = Pick<AmazonCredential, 'secretSavedAt' | 'tokenSavedAt' | 'publicApplication'> & {
  readonly status: string;
  /** Null while a marketplace has not been read completely. */
  readonly completeUntil: Date | null;
};

const STATE = `
  SELECT a.status::text AS status, c.secret_saved_at AS "secretSavedAt", c.token_saved_at AS "tokenSavedAt",
         coalesce(c.public_application, false) AS "publicApplication",
         (SELECT CASE WHEN bool_and(s.proven_until IS NOT NULL) THEN min(s.proven_until) END
            FROM unnest(a.marketplace_ids) AS id LEFT JOIN sync_cursor AS s ON s.marketplace_id = id) AS "completeUntil"
    FROM amazon_connection AS a LEFT JOIN amazon_credential AS c ON c.connection_id = a.id`;

/** Adds gauges of the connection, which are read from the database at each request of `/metrics`; absent while unknown. */
export function addStateMetrics(registry: Registry, database: Pick<Database, 'query'>): void {
  const registers = [registry];
  let reading: Promise<State | undefined> | null = null;
  /** Read once for all gauges of a request. */
  const readState = (): Promise<State | undefined> => {
    reading ??= database
      .query<State>(STATE)
      .then(
        ([state]) => state,
        () => undefined,
      )
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  new Gauge({
    name: 'ordermirror_connection_ok',
    help: '1 if the connection is in use (ACTIVE or PENDING), 0 if it is in ERROR or disabled.',
    registers,
    async collect(): Promise<void> {
      const state = await readState();
      if (state) this.set(state.status === 'ACTIVE' || state.status === 'PENDING' ? 1 : 0);
      else this.remove();
    },
  });
  new Gauge({
    name: 'ordermirror_complete_until_timestamp_seconds',
    help: 'Up to when the orders of all marketplaces are complete, in seconds since 1970.',
    registers,
    async collect(): Promise<void> {
      const until = (await readState())?.completeUntil;
      if (until) this.set(secondsOf(until));
      else this.remove();
    },
  });
  new Gauge({
    name: 'ordermirror_credential_expires_timestamp_seconds',
    help: 'When Amazon stops to accept the client_secret or the authorization, in seconds since 1970.',
    labelNames: ['credential'] as const,
    registers,
    async collect(): Promise<void> {
      const state = await readState();
      this.reset();
      const dates = state && { client_secret: secretExpiresAt(state), authorization: authorizationExpiresAt(state) };
      for (const [credential, at] of Object.entries(dates ?? {})) if (at) this.set({ credential }, secondsOf(at));
    },
  });
}

const secondsOf = (at: Date): number => at.getTime() / 1000;
