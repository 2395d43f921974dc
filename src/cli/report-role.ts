import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { databaseConfigOf, type PostgresAddress } from '../config/config.js';
import { loadEnvFile, readEnvironment } from '../config/environment.js';
import { StartError } from '../core/errors.js';
import { redactText } from '../core/redaction.js';
import { openPostgres } from '../database/driver/postgres.js';
import { ownerConfigOf, placeOf } from '../database/driver/postgres-settings.js';
import type { Driver } from '../database/sql.js';
import { startErrorOf } from '../database/start-errors.js';
import { dropReportRole, RightsError, saveReportRole } from './report-role/report-role.js';
import { scramVerifier } from './report-role/scram.js';
import * as screen from './terminal.js';

/** Names that need no quotes in SQL; PostgreSQL keeps those that begin with pg_ for itself. */
const NAME = /^(?!pg_)[a-z_][a-z0-9_]{0,62}$/;
const PASSWORD = /^[ -~]{12,200}$/;

interface Options {
  /** Drops the role, in place of creating it. */
  readonly drop: boolean;
  /** Reads the password from standard input, in place of making one. */
  readonly passwordStdin: boolean;
}

/**
 * `ordermirror report-role`: creates, updates or drops a role that may only read the views of docs/sql.md. A failure prints
 * one line, and sets exit code 1.
 */
export async function reportRole(name: string, options: Options): Promise<void> {
  try {
    await changeRole(name, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    screen.failed(
      redactText(error instanceof RightsError ? `${reason} Let an administrator run the statements above.` : reason),
    );
    process.exitCode = 1;
  }
}

async function changeRole(name: string, options: Options): Promise<void> {
  if (!NAME.test(name))
    throw new StartError(
      `${JSON.stringify(name)} can't be the name of the role: use up to 63 lower-case letters, digits and _, not beginning with a digit or pg_.`,
    );
  loadEnvFile('.env');
  const config = databaseConfigOf(readEnvironment(process.env));
  if (config.kind === 'pglite')
    throw new StartError(
      'DATABASE_URL is not set, and the embedded database has no logins: only Ordermirror can open it. Move to PostgreSQL (ordermirror move, docs/operations.md), then run this again.',
    );
  screen.title('Ordermirror: a role that reads the report views');
  const owner = ownerConfigOf(config);
  const driver = await openPostgres(owner);
  try {
    await (options.drop ? drop(driver, name) : save(driver, owner, { name, ...options }));
  } catch (error) {
    throw error instanceof StartError ? error : startErrorOf(error, { kind: 'postgres', ...owner });
  } finally {
    await driver.close();
  }
}

async function drop(driver: Driver, name: string): Promise<void> {
  try {
    await dropReportRole(driver, name);
  } catch (error) {
    if (error instanceof RightsError) printForAdministrator(error);
    throw error;
  }
  screen.done(`Dropped the role ${name}`, 'its open sessions can read nothing any more');
}

async function save(
  driver: Driver,
  address: PostgresAddress,
  { name, passwordStdin }: Options & { name: string },
): Promise<void> {
  const password = passwordStdin ? await readPassword() : randomBytes(24).toString('base64url');
  const print = async () => printConnection(driver, address, name, passwordStdin ? null : password);
  try {
    const { change, views } = await saveReportRole(driver, name, scramVerifier(password));
    screen.done(`${change === 'created' ? 'Created' : 'Set a new password for'} the role ${name}`, `${views} views`);
    await print();
  } catch (error) {
    if (error instanceof RightsError) {
      printForAdministrator(error);
      screen.title('Then connect with');
      await print();
    }
    throw error;
  }
}

async function readPassword(): Promise<string> {
  const password = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (!PASSWORD.test(password))
    throw new StartError('The password on standard input must be one line of 12 to 200 printable ASCII characters.');
  return password;
}

/** @param password null if the user has it */
async function printConnection(
  driver: Driver,
  address: PostgresAddress,
  name: string,
  password: string | null,
): Promise<void> {
  const { hosts, variable } = placeOf(address);
  const [session] = await driver.query<{ database: string; ssl: boolean }>(
    'SELECT current_database()::text AS database, ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()',
  );
  screen.line('Host', hosts.map(({ host }) => host).join(','));
  screen.line('Port', hosts.map(({ port }) => port).join(','));
  screen.line('Database', session?.database ?? '');
  screen.line('Schema', 'report');
  screen.line('User', name);
  screen.line('Password', password ?? '(as on standard input)');
  screen.line('SSL', session?.ssl ? 'on' : 'off');
  screen.note(
    `${password === null ? '' : 'The password is not stored, and not shown again. '}Host and SSL are those of ${variable}, as seen from here. See docs/sql.md.\n`,
  );
}

function printForAdministrator({ statements }: RightsError): void {
  screen.title('For an administrator of this database');
  process.stdout.write(`${statements.map((statement) => `${statement};`).join('\n')}\n`);
}
