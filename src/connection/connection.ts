import type { AuditLog } from '../accounts/audit-log.js';
import { requireOwner } from '../accounts/users.js';
import type { Clock } from '../core/clock.js';
import { SyncError, UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import type { SpApiRegion } from '../generated/prisma/client.js';
import type { CallLog } from '../spapi/http/call-log.js';
import { callWithin } from '../spapi/http/call-within.js';
import type { SpApi } from '../spapi/spapi.js';
import { updateMarketplaces } from './marketplaces.js';
import { claimProbe, recordCheck } from './record-check.js';
import { saveConnection } from './save-connection.js';
import { removeCredential, rotateClientSecret, saveCredential } from './save-credential.js';
import { credentialHealth, type LwaClient } from './sealed-credential.js';
import type { Sealer } from './sealing.js';
import { createSpApiCache, type SpApiAddress } from './spapi-client.js';
import type { AmazonSource, CheckResult, Connections, Ping, SavedConnection } from './types.js';

const PING_TIMEOUT_MS = 30_000;

export interface ConnectionsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  /** The environment's application, used if none is saved with the credential. */
  readonly lwa: LwaClient;
  /** The region of a new connection without one, and base URLs that replace the region's. */
  readonly spapi: {
    readonly region: SpApiRegion | null;
    readonly endpoint: string | null;
    readonly lwaEndpoint: string | null;
  };
  readonly createSpApi: (address: SpApiAddress) => SpApi;
  /** The log of the calls that these make. */
  readonly callLog?: Pick<CallLog, 'flush'>;
  readonly pingTimeoutMs?: number;
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { database, clock, audit, sealer, pingTimeoutMs = PING_TIMEOUT_MS } = options;
  const closing = new AbortController();
  const client = createSpApiCache({
    sealer,
    lwa: options.lwa,
    endpoints: options.spapi,
    createSpApi: options.createSpApi,
  });

  const read = (): Promise<SavedConnection | null> =>
    database.prisma.amazonConnection.findFirst({ include: { credential: true } });
  const readExisting = async (): Promise<SavedConnection> => {
    const connection = await read();
    if (connection) return connection;
    throw new UserError(
      'NO_CONNECTION',
      'There is no connection yet. Save it first (saveConnection, with its region).',
    );
  };
  const openedFrom = new WeakMap<AmazonSource, SavedConnection>();
  const open = (connection: SavedConnection) => {
    const spapi = client.open(connection);
    openedFrom.set(spapi.orders, connection);
    openedFrom.set(spapi.reports, connection);
    return spapi;
  };
  const marketplaces = async (ids: readonly string[]) => {
    const rows = await database.prisma.marketplace.findMany({ where: { marketplaceId: { in: [...ids] } } });
    return ids.flatMap((id) => rows.find(({ marketplaceId }) => marketplaceId === id) ?? []);
  };
  /** Returns a failure of the call as a result; throws any other error. */
  const test = async (connection: SavedConnection): Promise<Ping> => {
    const startedAt = clock.now();
    const result = (answer: Pick<Ping, 'error' | 'errorCode' | 'marketplaces'>): Ping => ({
      ...{ ok: answer.error === null, startedAt, checkedAt: clock.now() },
      ...answer,
    });
    try {
      const { sellers } = open(connection);
      const deadline = { ms: pingTimeoutMs, clock, closing: closing.signal };
      const participations = await callWithin(deadline, (watch) => sellers.getMarketplaceParticipations(watch));
      await updateMarketplaces(database, participations);
      const ids = participations.filter((one) => one.isParticipating).map(({ marketplaceId }) => marketplaceId);
      return result({ error: null, errorCode: null, marketplaces: await marketplaces(ids) });
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      // A ping that has failed has its calls in the log.
      await options.callLog?.flush();
      return result({ error: error.message, errorCode: error.code, marketplaces: [] });
    }
  };

  const check = async (): Promise<Ping> => {
    const connection = await readExisting();
    const ping = await test(connection);
    await recordCheck(database, resultOf(ping), ping.checkedAt, connection);
    return ping;
  };

  return {
    read,
    save: async (actor, input) => {
      requireOwner(actor);
      await saveConnection({ database, audit, defaultRegion: options.spapi.region }, actor, input);
      return readExisting();
    },
    saveCredential: async (actor, input) => {
      requireOwner(actor);
      await saveCredential({ database, audit, sealer, lwa: options.lwa, clock }, actor, input);
      return readExisting();
    },
    rotateClientSecret: async (actor, input) => {
      requireOwner(actor);
      await rotateClientSecret({ database, audit, sealer, lwa: options.lwa, clock }, actor, input);
      return readExisting();
    },
    removeCredential: async (actor) => {
      requireOwner(actor);
      await removeCredential({ database, audit }, actor);
      return readExisting();
    },
    healthOf: (credential) => credentialHealth(credential, sealer, options.lwa),
    ping: async (actor) => {
      requireOwner(actor);
      const ping = await check();
      await audit.record('pingSpApi', actor, { ok: ping.ok, errorCode: ping.errorCode });
      return ping;
    },
    probe: async () => {
      if (!(await claimProbe(database, clock.now()))) return null;
      return check();
    },
    openSpApi: async () => open(await readExisting()),
    recordCheck: (result, source) => recordCheck(database, result, clock.now(), source && openedFrom.get(source)),
    marketplacesOf: ({ marketplaceIds }) => marketplaces(marketplaceIds),
    close: async () => {
      closing.abort(new Error('The connection is being closed.'));
      client.close();
    },
  };
}

function resultOf({ error, errorCode }: Ping): CheckResult {
  return error === null || errorCode === null ? { ok: true } : { ok: false, code: errorCode, message: error };
}
