import { StartError } from '../core/errors.js';
import { type LogLevel, logLevels } from '../core/logger.js';
import type { SpApiRegion } from '../generated/prisma/client.js';
import { dataFolder, makeDataFolder } from './data-folder.js';
import { type Environment, readEnvironment, type VariableName } from './environment.js';
import { encryptionKeys, jwtSecret, type Secrets } from './keys.js';
import { openKeysFile } from './keys-file.js';
import { type Network, networks } from './networks.js';
import { baseAddress, cronPattern, flag, host, oneOf, port, postgresAddress, variable } from './values.js';

export type DatabaseConfig =
  | { readonly kind: 'pglite' /** Folder; null keeps all in memory. */; readonly dataDir: string | null }
  | { readonly kind: 'postgres'; readonly url: string };

/** All that the program is told at its start. */
export interface Config {
  /** Port 0: any free one. `trustProxy`: proxies whose X-Forwarded-For counts. */
  readonly server: { readonly host: string; readonly port: number; readonly trustProxy: readonly Network[] };
  /** `api` serves, `worker` syncs and keeps the schedule, `all` does both. */
  readonly role: 'all' | 'api' | 'worker';
  readonly database: DatabaseConfig;
  readonly secrets: Secrets;
  /** Of the application; what is saved with the credential comes first. */
  readonly lwa: { readonly clientId: string | null; readonly clientSecret: string | null };
  /** `endpoint` and `lwaEndpoint` take the place of the region's own. */
  readonly spapi: {
    readonly region: SpApiRegion | null;
    readonly endpoint: string | null;
    readonly lwaEndpoint: string | null;
  };
  /** Null in `cron`: no schedule. */
  readonly schedule: { readonly cron: string | null; readonly includeItems: boolean };
  readonly log: { readonly level: LogLevel };
  readonly sync: SyncConfig;
}

/** How the engine paces itself, in milliseconds. */
export interface SyncConfig {
  readonly heartbeatMs: number;
  /** After so long without a heartbeat a run is taken over. */
  readonly leaseMs: number;
  /** How far before the cursor a window starts. */
  readonly overlapMs: number;
  /** How far back the first window of a marketplace goes. */
  readonly firstWindowMs: number;
}

export const defaultSync: SyncConfig = {
  heartbeatMs: 3_000,
  leaseMs: 15_000,
  overlapMs: 10 * 60_000,
  firstWindowMs: 30 * 24 * 60 * 60_000,
};

/**
 * The environment's variables with the defaults in their places. For the embedded database the folder is made, and keys that
 * the environment doesn't give are read from `DATA_DIR/keys.json`, and made there at the first start.
 * @throws {StartError} for a wrong value: one line that names the variable, what it holds and what it may hold.
 */
export function loadConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const environment = readEnvironment(variables);
  const get = (name: VariableName) => variable(environment, name);
  const databaseUrl = postgresAddress(get('DATABASE_URL'));
  const dataDir = dataFolder(get('DATA_DIR'));
  const config: Omit<Config, 'secrets'> = {
    server: {
      host: host(get('HOST')) ?? '127.0.0.1',
      port: port(get('PORT')) ?? 4000,
      trustProxy: networks(get('TRUST_PROXY')),
    },
    role: oneOf(get('ROLE'), ['all', 'api', 'worker']) ?? 'all',
    database: databaseUrl === null ? { kind: 'pglite', dataDir } : { kind: 'postgres', url: databaseUrl },
    lwa: { clientId: environment.LWA_CLIENT_ID ?? null, clientSecret: environment.LWA_CLIENT_SECRET ?? null },
    spapi: {
      region: oneOf(get('SP_API_REGION'), ['NA', 'EU', 'FE']),
      endpoint: baseAddress(get('SP_API_ENDPOINT')),
      lwaEndpoint: baseAddress(get('LWA_ENDPOINT')),
    },
    schedule: {
      cron: (cronPattern(get('SYNC_CRON')) ?? { cron: '*/15 * * * *' }).cron,
      includeItems: flag(get('SYNC_INCLUDE_ITEMS')) ?? true,
    },
    log: { level: oneOf(get('LOG_LEVEL'), logLevels) ?? 'info' },
    sync: defaultSync,
  };
  refuseSplitRoles(config, environment);
  return { ...config, secrets: secretsOf(environment, config.database, dataDir) };
}

function secretsOf(environment: Environment, database: DatabaseConfig, dataDir: string): Secrets {
  const secret = jwtSecret(variable(environment, 'JWT_SECRET'));
  const keys = encryptionKeys(variable(environment, 'ENCRYPTION_KEY'));
  if (database.kind === 'pglite') makeDataFolder(variable(environment, 'DATA_DIR'));
  if (secret !== null && keys !== null) return { jwtSecret: secret, encryptionKeys: keys };
  if (database.kind === 'postgres') {
    const missing = secret === null ? 'JWT_SECRET' : 'ENCRYPTION_KEY';
    const mayHold =
      secret === null
        ? 'any 32 characters or more (`openssl rand -base64 48`)'
        : '32 bytes in base64 (`openssl rand -base64 32`)';
    throw new StartError(
      `${missing} holds nothing. With DATABASE_URL it must hold ${mayHold}, the same for all processes on that database.`,
    );
  }
  const kept = openKeysFile(dataDir);
  return { jwtSecret: secret ?? kept.jwtSecret, encryptionKeys: keys ?? kept.encryptionKeys };
}

/** The embedded database belongs to one process, so that an API without a worker would never sync. */
function refuseSplitRoles(config: Pick<Config, 'role' | 'database'>, environment: Environment): void {
  if (config.role === 'all' || config.database.kind === 'postgres') return;
  throw new StartError(
    `ROLE holds ${JSON.stringify(environment.ROLE)}. Without DATABASE_URL it may hold all only: the embedded database serves one process.`,
  );
}
