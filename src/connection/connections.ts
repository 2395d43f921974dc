import type { AuditLog } from '../accounts/audit-log.js';
import { requireOwner } from '../accounts/require-owner.js';
import type { Clock } from '../core/clock.js';
import { SyncError, UserError } from '../core/errors.js';
import type { Database } from '../database/database.js';
import type { SpApiRegion } from '../generated/prisma/client.js';
import { callWithin } from '../spapi/http/call-within.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { SpApi } from '../spapi/spapi.js';
import type { CheckResult, Connections, Ping, SavedConnection } from './connection.js';
import { removeCredential, saveCredential } from './credential.js';
import { learnMarketplaces } from './marketplaces.js';
import { credentialHealth, type LwaClient } from './open-credential.js';
import { claimProbe } from './probe.js';
import { recordCheck } from './record-check.js';
import { saveConnection } from './save-connection.js';
import type { Sealer } from './sealing.js';
import { type SpApiAddress, spApiOfConnection } from './spapi-of-connection.js';

/** In milliseconds: somebody waits for the answer. */
const PING_TIMEOUT_MS = 30_000;

export interface ConnectionsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  /** The application, where none is saved with the credential. */
  readonly lwa: LwaClient;
  /** The region of a connection that is made without one, and addresses in place of the region's own. */
  readonly spapi: {
    readonly region: SpApiRegion | null;
    readonly endpoint: string | null;
    readonly lwaEndpoint: string | null;
  };
  readonly createSpApi: (address: SpApiAddress) => SpApi;
  readonly pingTimeoutMs?: number;
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { database, clock, audit, sealer, pingTimeoutMs = PING_TIMEOUT_MS } = options;
  const closing = new AbortController();
  const client = spApiOfConnection({
    sealer,
    lwa: options.lwa,
    endpoints: options.spapi,
    createSpApi: options.createSpApi,
  });

  const read = (): Promise<SavedConnection | null> =>
    database.prisma.amazonConnection.findFirst({ include: { credential: true } });
  const present = async (): Promise<SavedConnection> => {
    const connection = await read();
    if (connection) return connection;
    throw new UserError(
      'NO_CONNECTION',
      'There is no connection yet. Save it first (saveConnection, with its region).',
    );
  };
  const openedFrom = new WeakMap<OrderSource, SavedConnection>();
  const open = (connection: SavedConnection) => {
    const spapi = client.open(connection);
    openedFrom.set(spapi.orders, connection);
    return spapi;
  };
  const marketplaces = async (ids: readonly string[]) => {
    const rows = await database.prisma.marketplace.findMany({ where: { marketplaceId: { in: [...ids] } } });
    return ids.flatMap((id) => rows.find(({ marketplaceId }) => marketplaceId === id) ?? []);
  };
  /** A failure that Amazon's side is known for is an answer; any other is ours to see. */
  const test = async (connection: SavedConnection): Promise<Ping> => {
    const checkedAt = () => clock.now();
    try {
      const { sellers } = open(connection);
      const deadline = { ms: pingTimeoutMs, clock, closing: closing.signal };
      const participations = await callWithin(deadline, (watch) => sellers.getMarketplaceParticipations(watch));
      await learnMarketplaces(database, participations);
      const ids = participations.filter((one) => one.isParticipating).map(({ marketplaceId }) => marketplaceId);
      return { ok: true, checkedAt: checkedAt(), error: null, errorCode: null, marketplaces: await marketplaces(ids) };
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      return { ok: false, checkedAt: checkedAt(), error: error.message, errorCode: error.code, marketplaces: [] };
    }
  };

  /** Tests the connection and keeps how that went. */
  const check = async (): Promise<Ping> => {
    const connection = await present();
    const ping = await test(connection);
    await recordCheck(database, resultOf(ping), ping.checkedAt, connection);
    return ping;
  };

  return {
    read,
    save: async (actor, input) => {
      requireOwner(actor);
      await saveConnection({ database, audit, defaultRegion: options.spapi.region }, actor, input);
      return present();
    },
    saveCredential: async (actor, input) => {
      requireOwner(actor);
      await saveCredential({ database, audit, sealer, lwa: options.lwa }, actor, input);
      return present();
    },
    removeCredential: async (actor) => {
      requireOwner(actor);
      await removeCredential({ database, audit }, actor);
      return present();
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
    openSpApi: async () => open(await present()),
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
