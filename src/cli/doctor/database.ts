import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databaseConfigOf, type PostgresConfig } from '../../config/config.js';
import { readKeysFile } from '../../config/data-folder.js';
import type { Environment } from '../../config/environment.js';
import { openCredential } from '../../connection/sealed-credential.js';
import { createSealer } from '../../connection/sealing.js';
import { FolderInUseError } from '../../database/driver/data-folder-lock.js';
import { openPglite } from '../../database/driver/pglite.js';
import { openPostgres, type PostgresDriver } from '../../database/driver/postgres.js';
import { currentRole } from '../../database/driver/postgres-sessions.js';
import { ownerConfigOf, placeOf } from '../../database/driver/postgres-settings.js';
import { listMissingIndexes } from '../../database/indexes.js';
import { listMigrations } from '../../database/migrate.js';
import { missingRights } from '../../database/rights.js';
import type { Driver } from '../../database/sql.js';
import { startErrorOf } from '../../database/start-errors.js';
import type { SpApiRegion } from '../../generated/prisma/client.js';
import type { SpApiCredential } from '../../spapi/http/login.js';
import { type Finding, right, skipped, wrong, wrongBy } from './finding.js';

/** The saved connection; `credential` null if it has none that can be opened. */
export interface SavedAccount {
  readonly region: SpApiRegion;
  readonly marketplaceIds: readonly string[];
  readonly credential: SpApiCredential | null;
}

/** Opens the database without a migration. On PostgreSQL that checks version, encoding, rights, pooler and LISTEN. */
export async function checkDatabase(environment: Environment): Promise<{ finding: Finding; driver: Driver | null }> {
  const config = databaseConfigOf(environment);
  try {
    if (config.kind === 'postgres') return await openServer(config);
    const dataDir = resolve(environment.DATA_DIR);
    const folder = join(dataDir, 'pgdata');
    if (!existsSync(join(folder, 'PG_VERSION')))
      return { finding: right(`none yet: the first start creates it in ${folder}`), driver: null };
    const driver = await openPglite({ dataDir });
    return { finding: right(`embedded, in ${folder}`), driver };
  } catch (error) {
    const finding =
      error instanceof FolderInUseError
        ? skipped(`${error.message} Stop it to check what is inside.`)
        : wrongBy(startErrorOf(error, config));
    return { finding, driver: null };
  }
}

async function openServer(config: PostgresConfig): Promise<{ finding: Finding; driver: Driver }> {
  const mayCreateSchema = false;
  if (config.directUrl === undefined) {
    const driver = await openPostgres({ ...config, mayCreateSchema });
    return { finding: right(await describe(driver, config)), driver };
  }
  const owner = await openPostgres({ ...ownerConfigOf(config), mayCreateSchema });
  try {
    return { finding: await checkOtherRole(config, owner), driver: owner };
  } catch (error) {
    await owner.close();
    throw error;
  }
}

/** Checks DATABASE_URL beside DATABASE_DIRECT_URL, if its role has its rights on the tables already. */
async function checkOtherRole(config: PostgresConfig, owner: PostgresDriver): Promise<Finding> {
  const direct = ownerConfigOf(config);
  if ((await missingRights(owner, await currentRole(config))).length > 0)
    return right(
      `${await describe(owner, direct)} by DATABASE_DIRECT_URL; the next start gives the role of DATABASE_URL its rights`,
    );
  const driver = await openPostgres({ ...config, schema: owner.schema });
  try {
    return right(`${await describe(driver, config)} by DATABASE_DIRECT_URL (${placeOf(direct).server})`);
  } finally {
    await driver.close();
  }
}

async function describe({ query, pooling }: PostgresDriver, config: PostgresConfig): Promise<string> {
  const [server] = await query<{ version: string; encrypted: boolean }>(
    `SELECT current_setting('server_version') AS version,
            coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted`,
  );
  const connection = {
    none: server?.encrypted ? 'TLS' : 'no TLS',
    session: 'pooler in session mode',
    transaction: `pooler in transaction mode, ${pooling.carriesStatements ? 'with' : 'without'} prepared statements`,
  }[pooling.mode];
  return `PostgreSQL ${server?.version.split(' ')[0]}, ${placeOf(config).server}, ${connection}, notifications arrive`;
}

/** Compares the migrations of the database with those of this version. */
export async function checkMigrations(driver: Driver): Promise<{ finding: Finding; hasTables: boolean }> {
  try {
    const { applied, pending } = await listMigrations(driver);
    const open = pending.length > 0 ? `, ${pending.length} for the next start` : '';
    const indexes = applied.length > 0 ? await listMissingIndexes(driver) : [];
    const missing = indexes.length > 0 ? `; missing indexes, which the server makes: ${indexes.join(', ')}` : '';
    return { finding: right(`${applied.length} applied${open}${missing}`), hasTables: applied.length > 0 };
  } catch (error) {
    return { finding: wrongBy(error), hasTables: false };
  }
}

interface Row {
  readonly region: SpApiRegion;
  readonly marketplaceIds: string[];
  readonly connectionId: bigint;
  readonly refreshTokenSealed: string | null;
  readonly lwaClientId: string | null;
  readonly lwaClientSecretSealed: string | null;
}

/** Opens the saved credential with the keys of the environment, or of `keys.json`. */
export async function checkKeys(
  driver: Driver,
  environment: Environment,
): Promise<{ finding: Finding; account: SavedAccount | null }> {
  const [row] = await driver.query<Row>(
    `SELECT a.region::text AS region, a.marketplace_ids AS "marketplaceIds", a.id AS "connectionId",
            c.refresh_token_sealed AS "refreshTokenSealed", c.lwa_client_id AS "lwaClientId",
            c.lwa_client_secret_sealed AS "lwaClientSecretSealed"
       FROM amazon_connection AS a LEFT JOIN amazon_credential AS c ON c.connection_id = a.id`,
  );
  if (!row) return { finding: skipped('There is no connection yet: set it up on the admin page.'), account: null };
  const account = { region: row.region, marketplaceIds: row.marketplaceIds, credential: null };
  const { refreshTokenSealed } = row;
  if (refreshTokenSealed === null)
    return { finding: skipped('There is no credential yet: save it on the admin page.'), account };
  try {
    const keys = environment.ENCRYPTION_KEY ?? readKeysFile(resolve(environment.DATA_DIR))?.encryptionKeys;
    if (!keys)
      return { finding: wrong('There is no key: set ENCRYPTION_KEY to the one that the server has.'), account };
    const application = {
      clientId: environment.LWA_CLIENT_ID ?? null,
      clientSecret: environment.LWA_CLIENT_SECRET ?? null,
    };
    const credential = openCredential({ ...row, refreshTokenSealed }, createSealer(keys), application);
    return { finding: right('they open the credential'), account: { ...account, credential } };
  } catch (error) {
    return { finding: wrongBy(error), account };
  }
}
