import type pg from 'pg';
import { clientFor } from './postgres-primary.js';
import type { PostgresSettings } from './postgres-settings.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** What connects to an address. */
export interface Connector {
  readonly Client: typeof pg.Client;
  readonly settings: pg.ClientConfig;
  /** For connecting, and for each statement that prepares a new connection. */
  readonly connectTimeoutMs: number;
}

/** Call it once for each address: clients of several hosts share what they know of them. */
export function connectorOf(
  { connectionString, hosts, mayBeReadOnly }: PostgresSettings,
  onTrouble?: (message: string, error: unknown) => void,
): Connector {
  const settings: pg.ClientConfig = {
    connectionString,
    application_name: 'ordermirror',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
  return {
    settings,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    Client: clientFor({ hosts, settings, mayBeReadOnly, onTrouble }),
  };
}
