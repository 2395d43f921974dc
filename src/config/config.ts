import { resolve } from 'node:path';
import { StartError } from '../core/errors.js';
import { createDataFolder, openKeysFile, readKeysFile, type Secrets } from './data-folder.js';
import { type Environment, type Network, readEnvironment, validValues } from './environment.js';

export type { Network } from './environment.js';

export type DatabaseConfig =
  | { readonly kind: 'pglite' /** Folder; null keeps everything in memory. */; readonly dataDir: string | null }
  | ({ readonly kind: 'postgres' } & PostgresConfig);

export interface PostgresConfig extends PostgresAddress {
  /**
   * For LISTEN, and for the role that owns the tables; undefined for `url`. With it, `url` may lead to a pooler in
   * transaction mode.
   */
  readonly directUrl?: string | undefined;
  /** A replica for lists, sales and files; undefined for none. */
  readonly readUrl?: string | undefined;
  /** Created if it is missing; undefined for the one of the address, or of the role's search path. */
  readonly schema?: string | undefined;
}

export interface PostgresAddress {
  readonly url: string;
  /** Where `url` comes from, for error texts; by default DATABASE_URL. */
  readonly variable?: 'DATABASE_URL' | 'DATABASE_DIRECT_URL' | 'DATABASE_READ_URL';
}

/** The program's settings, grouped by the part that takes them. */
export interface Config {
  /** Port 0: any free one. `trustProxy`: proxies whose X-Forwarded-For counts. */
  readonly server: { readonly host: string; readonly port: number; readonly trustProxy: readonly Network[] };
  /** `api` serves, `worker` syncs and runs the schedule, `all` does both. */
  readonly role: Environment['ROLE'];
  readonly database: DatabaseConfig;
  readonly secrets: Secrets;
  /** The application's; those saved with the credential take precedence. */
  readonly lwa: { readonly clientId: string | null; readonly clientSecret: string | null };
  /** `endpoint` and `lwaEndpoint` replace the region's own. */
  readonly spapi: {
    readonly region: 'NA' | 'EU' | 'FE' | null;
    readonly endpoint: string | null;
    readonly lwaEndpoint: string | null;
    /** Data sets that are asked for besides the usual ones. */
    readonly dataSets: Environment['SP_API_DATA_SETS'];
  };
  /** Which older orders are read from reports after the first sync: all, or those purchased from an instant on. */
  readonly history: Environment['HISTORY'];
  /** `cron` null: no schedule. */
  readonly schedule: { readonly cron: string | null; readonly includeItems: boolean };
  /** `queueUrl` null: no notifications. */
  readonly notifications: { readonly queueUrl: string | null };
  readonly retention: RetentionConfig;
  readonly webhooks: WebhookConfig;
  /** Whether spans are sent to a collector of OpenTelemetry; its SDK reads the rest from the standard variables. */
  readonly tracing: boolean;
  readonly log: { readonly level: Environment['LOG_LEVEL'] };
  readonly sync: SyncConfig;
  readonly reports: ReportConfig;
}

/** Intervals of the sync engine, in milliseconds. */
export interface SyncConfig {
  readonly heartbeatMs: number;
  /** Time without a heartbeat after which another worker takes the run over. */
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

/** How webhooks are sent. */
export interface WebhookConfig {
  /** Whether addresses of private networks and of this machine are allowed. */
  readonly allowPrivate: boolean;
  /** For a request, from the connection to the end of the response. */
  readonly timeoutMs: number;
  /** Replaces parts of the plan of retries, in tests. */
  readonly plan: { readonly pauses?: readonly number[]; readonly endpointPauses?: readonly number[] };
}

export const defaultWebhooks: WebhookConfig = { allowPrivate: false, timeoutMs: 15_000, plan: {} };

/** For how long rows are kept, in milliseconds. */
export interface RetentionConfig {
  /** Orders, from their purchase on; null: for ever. */
  readonly ordersMonths: number | null;
  /** Changes of orders. */
  readonly changesMs: number;
  /** Runs that have ended. */
  readonly runsMs: number;
  /** Entries of the audit log. */
  readonly auditMs: number;
}

const DAY_MS = 24 * 60 * 60_000;

/** How Amazon's reports are waited for, in milliseconds. */
export interface ReportConfig {
  /** Between two looks at a report that Amazon makes; it grows with the report's age, up to four times. */
  readonly pollMs: number;
  /** Before a report that failed or had no data is created again. */
  readonly retryMs: number;
  /** Amazon has left reports in progress for days (docs#3273): after this time another one is created. */
  readonly patienceMs: number;
}

export const defaultReports: ReportConfig = {
  pollMs: 15_000,
  retryMs: 10 * 60_000,
  patienceMs: 6 * 60 * 60_000,
};

/** The settings of `move`, from the embedded database to PostgreSQL. */
export interface MoveConfig {
  readonly dataDir: string;
  readonly database: PostgresConfig & { readonly kind: 'postgres' };
  /** Secrets of the environment. */
  readonly given: { readonly [Name in keyof Secrets]: Secrets[Name] | null };
  /** Secrets of `keys.json`; null if there is no such file. */
  readonly kept: Secrets | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings from environment variables. For the embedded database it creates the data folder, and takes keys that
 * the environment lacks from `DATA_DIR/keys.json`, which it creates at the first start.
 * @throws {StartError} for an invalid value: one line that names the variable, its value and the valid ones
 */
export function loadConfig(variables: Variables): Config {
  const environment = readEnvironment(variables);
  const { ROLE: role } = environment;
  const database = databaseConfigOf(environment);
  if (role !== 'all' && database.kind === 'pglite')
    throw new StartError(
      `ROLE is not valid: ${JSON.stringify(role)}. Without DATABASE_URL, expected all: the embedded database serves one process.`,
    );
  return {
    server: { host: environment.HOST, port: environment.PORT, trustProxy: environment.TRUST_PROXY },
    role,
    database,
    lwa: { clientId: environment.LWA_CLIENT_ID ?? null, clientSecret: environment.LWA_CLIENT_SECRET ?? null },
    spapi: {
      region: environment.SP_API_REGION ?? null,
      endpoint: environment.SP_API_ENDPOINT ?? null,
      lwaEndpoint: environment.LWA_ENDPOINT ?? null,
      dataSets: environment.SP_API_DATA_SETS,
    },
    history: environment.HISTORY,
    schedule: { cron: environment.SYNC_CRON, includeItems: environment.SYNC_INCLUDE_ITEMS },
    notifications: { queueUrl: environment.NOTIFICATIONS_QUEUE_URL ?? null },
    retention: {
      ordersMonths: environment.RETENTION_ORDERS_MONTHS,
      changesMs: environment.RETENTION_CHANGES_DAYS * DAY_MS,
      runsMs: environment.RETENTION_RUNS_DAYS * DAY_MS,
      auditMs: environment.RETENTION_AUDIT_DAYS * DAY_MS,
    },
    webhooks: { ...defaultWebhooks, allowPrivate: environment.WEBHOOK_ALLOW_PRIVATE },
    tracing: isTraced(environment),
    log: { level: environment.LOG_LEVEL },
    sync: defaultSync,
    reports: defaultReports,
    secrets: secretsOf(environment),
  };
}

/** @throws {StartError} for addresses that don't go together */
export function databaseConfigOf(environment: Environment): DatabaseConfig {
  const { DATABASE_URL: url, DATABASE_DIRECT_URL: directUrl, DATABASE_SCHEMA: schema } = environment;
  // A worker serves no lists.
  const readUrl = environment.ROLE === 'worker' ? undefined : environment.DATABASE_READ_URL;
  if (url !== undefined) return { kind: 'postgres', url, directUrl, readUrl, schema };
  if (readUrl !== undefined)
    throw new StartError(
      'DATABASE_READ_URL is set, but DATABASE_URL is not. Set DATABASE_URL to the address of the primary that the replica follows.',
    );
  if (directUrl !== undefined)
    throw new StartError(
      'DATABASE_DIRECT_URL is set, but DATABASE_URL is not. Set DATABASE_URL too: to the same address if there is no pooler.',
    );
  return { kind: 'pglite', dataDir: resolve(environment.DATA_DIR) };
}

function isTraced(environment: Environment): boolean {
  const endpoint = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  return endpoint !== undefined && environment.OTEL_TRACES_EXPORTER === 'otlp' && !environment.OTEL_SDK_DISABLED;
}

/** @throws {StartError} for an invalid value, and without DATABASE_URL */
export function loadMoveConfig(variables: Variables): MoveConfig {
  const environment = readEnvironment(variables);
  const database = databaseConfigOf(environment);
  if (database.kind === 'pglite')
    throw new StartError(
      `DATABASE_URL is not set. Set it to the address of an empty database to move to: ${validValues('DATABASE_URL')}.`,
    );
  const dataDir = resolve(environment.DATA_DIR);
  return {
    dataDir,
    database,
    given: { jwtSecret: environment.JWT_SECRET ?? null, encryptionKeys: environment.ENCRYPTION_KEY ?? null },
    kept: readKeysFile(dataDir),
  };
}

function secretsOf({ JWT_SECRET, ENCRYPTION_KEY, DATABASE_URL, DATA_DIR }: Environment): Secrets {
  if (DATABASE_URL === undefined) createDataFolder(DATA_DIR);
  if (JWT_SECRET && ENCRYPTION_KEY) return { jwtSecret: JWT_SECRET, encryptionKeys: ENCRYPTION_KEY };
  if (DATABASE_URL !== undefined) {
    const missing = JWT_SECRET ? 'ENCRYPTION_KEY' : 'JWT_SECRET';
    throw new StartError(
      `${missing} is not set. DATABASE_URL requires it: ${validValues(missing)}. Use the same value in all processes on that database.`,
    );
  }
  const kept = openKeysFile(resolve(DATA_DIR));
  return { jwtSecret: JWT_SECRET ?? kept.jwtSecret, encryptionKeys: ENCRYPTION_KEY ?? kept.encryptionKeys };
}
