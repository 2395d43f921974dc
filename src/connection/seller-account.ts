import { type SyncErrorCode, UserError } from '../core/errors.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { ReportSource } from '../spapi/reports/report-source.js';
import { noCredential } from './spapi-client.js';
import type { AmazonSource, ConnectionStatus, Connections } from './types.js';

/** The connected account as the sync engine uses it. */
export interface SellerAccount {
  /** @throws {UserError} NO_CONNECTION, NO_CREDENTIAL */
  marketplaceIds(): Promise<readonly string[]>;
  /** @throws {UserError} NO_CONNECTION, NO_CREDENTIAL @throws {SyncError} */
  openSource(): Promise<OrderSource>;
  /** Opens the reports of the same account. @throws as `openSource` does */
  openReports(): Promise<ReportSource>;
  /**
   * Records on the connection whether a run could use it; null: it could.
   * @param source the one that the run read from, if it got one
   */
  recordCheck(
    failure: { readonly code: SyncErrorCode; readonly message: string } | null,
    source?: AmazonSource,
  ): Promise<void>;
  /** Whether the schedule may start runs; false while the connection is off, incomplete, or its owner has to fix it. */
  mayRunOnSchedule(): Promise<boolean>;
  /** Tests a connection in ERROR, once an hour over all processes; null if no test is due. */
  probe(): Promise<{ readonly ok: boolean; readonly errorCode: SyncErrorCode | null } | null>;
}

export function createSellerAccount(connections: Connections): SellerAccount {
  return {
    marketplaceIds: async () => {
      const connection = await connections.read();
      if (!connection)
        throw new UserError(
          'NO_CONNECTION',
          'There is no connection yet. Save it first (saveConnection, with its region).',
        );
      if (connection.status === 'DISCONNECTED')
        throw new UserError(
          'NO_CONNECTION',
          'The connection is disabled (DISCONNECTED). Enable it first: saveConnection(input: {status: ACTIVE}).',
        );
      if (!connection.credential) throw noCredential();
      return connection.marketplaceIds;
    },
    openSource: async () => (await connections.openSpApi()).orders,
    openReports: async () => (await connections.openSpApi()).reports,
    recordCheck: (failure, source) =>
      connections.recordCheck(failure ? { ok: false, ...failure } : { ok: true }, source),
    probe: () => connections.probe(),
    mayRunOnSchedule: async () => {
      const connection = await connections.read();
      return connection !== null && runsOnSchedule(connection);
    },
  };
}

/** Returns whether the schedule may start runs: with a credential and marketplaces, and in PENDING or ACTIVE. */
export function runsOnSchedule({
  status,
  credential,
  marketplaceIds,
}: {
  status: ConnectionStatus;
  credential: object | null;
  marketplaceIds: readonly string[];
}): boolean {
  return credential !== null && marketplaceIds.length > 0 && (status === 'PENDING' || status === 'ACTIVE');
}
