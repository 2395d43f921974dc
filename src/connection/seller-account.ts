import { type SyncErrorCode, UserError } from '../core/errors.js';
import type { OrderSource } from '../spapi/orders/order-source.js';
import type { Connections } from './connection.js';
import { runsOnSchedule } from './runs-on-schedule.js';

/** The connection as the sync engine uses it (`SellerAccount`). */
export function createSellerAccount(connections: Connections) {
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
          'The connection is switched off (DISCONNECTED). Switch it on first: saveConnection(input: {status: ACTIVE}).',
        );
      if (!connection.credential)
        throw new UserError(
          'NO_CREDENTIAL',
          'There is no credential yet. Save the refresh token first (saveCredential).',
        );
      return connection.marketplaceIds;
    },
    openSource: async () => (await connections.openSpApi()).orders,
    recordCheck: (failure: { code: SyncErrorCode; message: string } | null, source?: OrderSource) =>
      connections.recordCheck(failure ? { ok: false, ...failure } : { ok: true }, source),
    probe: () => connections.probe(),
    mayRunOnSchedule: async () => {
      const connection = await connections.read();
      return connection !== null && runsOnSchedule(connection);
    },
  };
}
