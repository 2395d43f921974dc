import { UserError } from '../core/errors.js';
import type { SpApiClientOptions } from '../spapi/http/client.js';
import { LWA_ENDPOINT, SP_API_ENDPOINTS } from '../spapi/http/endpoints.js';
import type { SpApi } from '../spapi/spapi.js';
import { type LwaClient, openCredential } from './sealed-credential.js';
import type { Sealer } from './sealing.js';
import type { SavedConnection } from './types.js';

export type SpApiAddress = Pick<SpApiClientOptions, 'endpoint' | 'lwaEndpoint' | 'credential'>;

interface Options {
  readonly sealer: Sealer;
  readonly lwa: LwaClient;
  readonly endpoints: { readonly endpoint: string | null; readonly lwaEndpoint: string | null };
  readonly createSpApi: (address: SpApiAddress) => SpApi;
}

/** Keeps the client of a connection, with its access token and sockets, until region or credential change. */
export interface SpApiCache {
  /** @throws {UserError} NO_CREDENTIAL @throws {SyncError} DECRYPTION_FAILED, LWA_INVALID_CLIENT */
  open(connection: SavedConnection): SpApi;
  close(): void;
}

export function noCredential(): UserError {
  return new UserError('NO_CREDENTIAL', 'There is no credential yet. Save the refresh token first (saveCredential).');
}

export function createSpApiCache({ sealer, lwa, endpoints, createSpApi }: Options): SpApiCache {
  let current: { readonly key: string; readonly spapi: SpApi } | null = null;
  // A run may still use one of these.
  const replaced: SpApi[] = [];
  return {
    open: ({ region, credential }) => {
      if (!credential) throw noCredential();
      const endpoint = endpoints.endpoint ?? SP_API_ENDPOINTS[region];
      const key = [
        endpoint,
        credential.refreshTokenSealed,
        credential.lwaClientId,
        credential.lwaClientSecretSealed,
      ].join(' ');
      if (current?.key === key) return current.spapi;
      const spapi = createSpApi({
        endpoint,
        lwaEndpoint: endpoints.lwaEndpoint ?? LWA_ENDPOINT,
        credential: openCredential(credential, sealer, lwa),
      });
      if (current) replaced.push(current.spapi);
      current = { key, spapi };
      return spapi;
    },
    close: () => {
      for (const spapi of replaced) spapi.close();
      current?.spapi.close();
      current = null;
    },
  };
}
