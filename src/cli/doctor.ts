import { type Environment, loadEnvFile } from '../config/environment.js';
import { redactText } from '../core/redaction.js';
import type { Driver } from '../database/sql.js';
import { checkAmazon, checkClock } from './doctor/amazon.js';
import { checkDatabase, checkKeys, checkMigrations, type SavedAccount } from './doctor/database.js';
import type { Finding } from './doctor/finding.js';
import { checkDisk, checkNode, checkQueue, checkSettings } from './doctor/machine.js';
import { checkReplica } from './doctor/replica.js';
import * as screen from './terminal.js';

/**
 * `ordermirror doctor`: checks one after the other what Ordermirror needs, and prints a line for each, with the next step
 * where something is wrong. Sets exit code 1 if anything is. Changes nothing; a call to Amazon counts against its quota.
 */
export async function doctor(): Promise<void> {
  // A reader such as `head` has enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  screen.title('Ordermirror doctor');
  let wrong = 0;
  const print = (name: string, { state, detail }: Finding) => {
    if (state === 'wrong') wrong += 1;
    screen.check(state, name, redactText(detail));
  };

  print('Node.js', checkNode(process.versions.node));
  loadEnvFile('.env');
  const settings = checkSettings(process.env);
  print('Settings', settings.finding);
  const { environment } = settings;
  if (environment) {
    const opened = await checkDatabase(environment);
    print('Database', opened.finding);
    try {
      await checkMirror(environment, opened.driver, print);
    } finally {
      await opened.driver?.close();
    }
    print('Queue of notifications', await checkQueue(environment));
    print('Disk', await checkDisk(environment));
  }
  process.stdout.write('\n');
  if (wrong > 0) {
    screen.failed(wrong === 1 ? 'One check failed.' : `${wrong} checks failed.`);
    process.exitCode = 1;
  } else screen.note('Nothing is wrong.\n');
}

async function checkMirror(
  environment: Environment,
  driver: Driver | null,
  print: (name: string, finding: Finding) => void,
): Promise<void> {
  let account: SavedAccount | null = null;
  if (driver) {
    const migrations = await checkMigrations(driver);
    print('Migrations', migrations.finding);
    const readUrl = environment.DATABASE_READ_URL;
    if (readUrl !== undefined) print('Replica for reading', await checkReplica(driver, readUrl));
    const keys = migrations.hasTables ? await checkKeys(driver, environment) : null;
    if (keys) print('Keys', keys.finding);
    account = keys?.account ?? null;
  }
  const endpoint = await checkClock(environment, account);
  print("Clock, beside Amazon's", endpoint);
  if (!driver || !account) return;
  const { login, marketplaces } = await checkAmazon(environment, driver, account);
  print('Login with Amazon', login);
  if (marketplaces) print('Marketplaces', marketplaces);
}
