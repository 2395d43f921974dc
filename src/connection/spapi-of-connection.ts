import { UserError } from '../core/errors.js';
import type { SpApiClientOptions } from '../spapi/http/client.js';
import { LWA_ENDPOINT, SP_API_ENDPOINTS } from '../spapi/http/endpoints.js';
import type { SpApi } from '../spapi/spapi.js';
import type { SavedConnection } from './connection.js';
import { type LwaClient, openCredential } from './open-credential.js';
import type { Sealer } from './sealing.js';

export type SpApiAddress = Pick<SpApiClientOptions, 'endpoint' | 'lwaEndpoint' | 'credential'>;

interface Options {
  readonly sealer: Sealer;
  readonly lwa: LwaClient;
  readonly endpoints: { readonly endpoint: string | null; readonly lwaEndpoint: string | null };
  readonly createSpApi: (address: SpApiAddress) => SpApi;
}

/** The client for the connection as it is; the same one, with its access token and sockets, while that stays the same. */
export interface SpApiOfConnection {
  /** @throws {UserError} NO_CREDENTIAL @throws {SyncError} DECRYPTION_FAILED, LWA_INVALID_CLIENT */
  open(connection: SavedConnection): SpApi;
  close(): void;
}

export function spApiOfConnection({ sealer, lwa, endpoints, createSpApi }: Options): SpApiOfConnection {
  let current: { readonly madeOf: string; readonly spapi: SpApi } | null = null;
  // A run may still be at work with one of these.
  const replaced: SpApi[] = [];
  return {
    open: ({ region, credential }) => {
      if (!credential) {
        throw new UserError(
          'NO_CREDENTIAL',
          'There is no credential yet. Save the refresh token first (saveCredential).',
        );
      }
      const endpoint = endpoints.endpoint ?? SP_API_ENDPOINTS[region];
      const madeOf = [
        endpoint,
        credential.refreshTokenSealed,
        credential.lwaClientId,
        credential.lwaClientSecretSealed,
      ].join(' ');
      if (current?.madeOf === madeOf) return current.spapi;
      const spapi = createSpApi({
        endpoint,
        lwaEndpoint: endpoints.lwaEndpoint ?? LWA_ENDPOINT,
        credential: openCredential(credential, sealer, lwa),
      });
      if (current) replaced.push(current.spapi);
      current = { madeOf, spapi };
      return spapi;
    },
    close: () => {
      for (const spapi of replaced) spapi.close();
      current?.spapi.close();
      current = null;
    },
  };
}
