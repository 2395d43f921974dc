import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { parsePostgresAddresses, postgresHostOf } from '../../src/config/postgres-address.js';
import { StartError } from '../../src/core/errors.js';
import { redactText } from '../../src/core/redaction.js';

const KEY = randomBytes(32).toString('base64');
const OLD_KEY = randomBytes(32).toString('base64url');
const JWT_SECRET = randomBytes(32).toString('base64');
const SHARED = { DATABASE_URL: 'postgresql://postgres@127.0.0.1:5432/postgres', JWT_SECRET, ENCRYPTION_KEY: KEY };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ordermirror-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function startErrorOf(variables: Record<string, string>): string {
  try {
    loadConfig({ DATA_DIR: folder, JWT_SECRET, ENCRYPTION_KEY: KEY, ...variables });
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    return (error as StartError).message;
  }
  throw new Error(`${JSON.stringify(variables)} was accepted.`);
}

describe('without variables', () => {
  test('uses defaults and creates keys', () => {
    const { secrets, ...rest } = loadConfig({ DATA_DIR: folder });
    expect(rest).toEqual({
      server: { host: '127.0.0.1', port: 4000, trustProxy: [] },
      role: 'all',
      database: { kind: 'pglite', dataDir: resolve(folder) },
      lwa: { clientId: null, clientSecret: null },
      spapi: { region: null, endpoint: null, lwaEndpoint: null, dataSets: [] },
      history: 'all',
      reports: { pollMs: 15_000, retryMs: 600_000, patienceMs: 21_600_000 },
      schedule: { cron: '*/15 * * * *', includeItems: true },
      notifications: { queueUrl: null },
      retention: { ordersMonths: null, changesMs: 34_560_000_000, runsMs: 7_776_000_000, auditMs: 34_560_000_000 },
      webhooks: { allowPrivate: false, timeoutMs: 15_000, plan: {} },
      tracing: false,
      log: { level: 'info' },
      sync: { heartbeatMs: 3_000, leaseMs: 15_000, overlapMs: 600_000, firstWindowMs: 2_592_000_000 },
    });
    expect(secrets.jwtSecret.length).toBeGreaterThanOrEqual(32);
    expect(secrets.encryptionKeys.map((key) => key.length)).toEqual([32]);
  });

  test('treats an empty or blank variable as unset', () => {
    const config = loadConfig({
      DATA_DIR: folder,
      PORT: '',
      HOST: ' ',
      DATABASE_URL: '',
      SYNC_CRON: '',
      LWA_ENDPOINT: '',
    });
    expect(config.server).toEqual({ host: '127.0.0.1', port: 4000, trustProxy: [] });
    expect(config.database.kind).toBe('pglite');
    expect(config.schedule.cron).toBe('*/15 * * * *');
  });
});

test('reads every variable', () => {
  const config = loadConfig({
    ...SHARED,
    PORT: '0',
    HOST: '::',
    TRUST_PROXY: '127.0.0.1, fd00::/8',
    ENCRYPTION_KEY: `${KEY}, ${OLD_KEY}`,
    LWA_CLIENT_ID: 'amzn1.application-oa2-client.x',
    LWA_CLIENT_SECRET: 'amzn1.oa2-cs.v1.y',
    SP_API_REGION: 'eu',
    SP_API_ENDPOINT: 'http://127.0.0.1:8787/',
    LWA_ENDPOINT: 'http://127.0.0.1:8787',
    SYNC_CRON: '*/5 * * * *',
    SYNC_INCLUDE_ITEMS: 'false',
    ROLE: 'worker',
    LOG_LEVEL: 'debug',
  });
  expect(config).toMatchObject({
    server: {
      host: '::',
      port: 0,
      trustProxy: [
        { address: '127.0.0.1', family: 'ipv4', prefix: 32 },
        { address: 'fd00::', family: 'ipv6', prefix: 8 },
      ],
    },
    role: 'worker',
    database: { kind: 'postgres', url: SHARED.DATABASE_URL },
    secrets: {
      jwtSecret: JWT_SECRET,
      encryptionKeys: [Buffer.from(KEY, 'base64'), Buffer.from(OLD_KEY, 'base64url')],
    },
    lwa: { clientId: 'amzn1.application-oa2-client.x', clientSecret: 'amzn1.oa2-cs.v1.y' },
    spapi: { region: 'EU', endpoint: 'http://127.0.0.1:8787', lwaEndpoint: 'http://127.0.0.1:8787' },
    schedule: { cron: '*/5 * * * *', includeItems: false },
    log: { level: 'debug' },
  });
  const DATABASE_DIRECT_URL = 'postgresql://owner@/orders?host=/run/postgresql';
  expect(loadConfig({ ...SHARED, DATABASE_DIRECT_URL, DATABASE_SCHEMA: 'mirror' }).database).toEqual({
    ...{ kind: 'postgres', url: SHARED.DATABASE_URL, directUrl: DATABASE_DIRECT_URL, schema: 'mirror' },
  });
  for (const schema of ['Mirror', 'Report', 'user', '_m$1'])
    expect(loadConfig({ ...SHARED, DATABASE_SCHEMA: schema }).database).toMatchObject({ schema });
  const DATABASE_READ_URL = 'postgresql://reader@one:5432,two:5433/orders';
  const readUrlOf = (ROLE: string) => loadConfig({ ...SHARED, ROLE, DATABASE_READ_URL }).database;
  expect(readUrlOf('api')).toMatchObject({ readUrl: DATABASE_READ_URL });
  expect(readUrlOf('worker')).toEqual({ kind: 'postgres', url: SHARED.DATABASE_URL });
  expect(loadConfig({ ...SHARED, SYNC_CRON: 'off' }).schedule.cron).toBeNull();
  const retention = {
    RETENTION_ORDERS_MONTHS: '18',
    RETENTION_CHANGES_DAYS: '7',
    RETENTION_RUNS_DAYS: '1',
    RETENTION_AUDIT_DAYS: '2',
  };
  expect(loadConfig({ ...SHARED, ...retention }).retention).toEqual({
    ordersMonths: 18,
    changesMs: 604_800_000,
    runsMs: 86_400_000,
    auditMs: 172_800_000,
  });
  expect(loadConfig({ ...SHARED, WEBHOOK_ALLOW_PRIVATE: 'true' }).webhooks.allowPrivate).toBe(true);
  expect(loadConfig({ ...SHARED, HISTORY: '2025-01-31' }).history).toEqual(new Date('2025-01-31T00:00:00Z'));
});

describe('rejects an invalid value in one line that names the variable, its value and the valid ones', () => {
  test.each([
    ['PORT', '70000', '65535'],
    ['PORT', '80a', '65535'],
    ['PORT', '-1', '65535'],
    ['RETENTION_CHANGES_DAYS', '0', '36500'],
    ['RETENTION_ORDERS_MONTHS', '0', 'off, or a number of months from 1 to 999'],
    ['RETENTION_CHANGES_DAYS', '1.5', '36500'],
    ['PORT', '1e3', '65535'],
    ['HOST', 'http://localhost', '127.0.0.1'],
    ['TRUST_PROXY', 'true', '10.0.0.0/8'],
    ['TRUST_PROXY', '127.0.0.1, proxy.example', '10.0.0.0/8'],
    ['TRUST_PROXY', '10.0.0.0/33', '10.0.0.0/8'],
    ['TRUST_PROXY', '0.0.0.0/0', 'not all addresses'],
    ['DATABASE_SCHEMA', 'pg_mine', 'not beginning with'],
    ['DATABASE_SCHEMA', '1st', 'not beginning with'],
    ['DATABASE_SCHEMA', 'my-mirror', 'letters, digits, _ and $'],
    ['DATABASE_SCHEMA', 'report', 'the schema of the views'],
    ['DATABASE_SCHEMA', 'information_schema', 'nor information_schema'],
    ['ROLE', 'boss', 'all, api, worker'],
    ['SP_API_REGION', 'us', 'na, eu, fe'],
    ['SP_API_ENDPOINT', 'sandbox', 'https://'],
    ['SP_API_ENDPOINT', 'ftp://a.example', 'https://'],
    ['LWA_ENDPOINT', 'https://a.example/?x=1', 'https://'],
    ['HISTORY', '2025-13-01', 'all, off'],
    ['SYNC_CRON', 'every hour', '*/15 * * * *'],
    ['SYNC_CRON', '61 * * * *', 'off'],
    ['SYNC_CRON', '0 0 30 2 *', 'recurs'],
    ['SYNC_CRON', '2020-01-01T00:00:00', '*/15 * * * *'],
    ['SYNC_INCLUDE_ITEMS', 'yes', 'true, false'],
    ['LOG_LEVEL', 'loud', 'trace, debug, info'],
    ['LOG_LEVEL', 'lo\nud', 'trace, debug, info'],
  ])('%s=%j', (name, value, hint) => {
    const message = startErrorOf({ [name]: value });
    expect(message).not.toContain('\n');
    expect(message).toMatch(new RegExp(`^${name} `));
    expect(message).toContain(JSON.stringify(value));
    expect(message).toContain(hint);
  });

  test.each([
    ['JWT_SECRET', 'hunter2hunter2', '14 characters'],
    ['ENCRYPTION_KEY', 'c2hvcnQ=', '8 characters'],
    ['ENCRYPTION_KEY', `${KEY},`, 'bytes in base64'],
    ['ENCRYPTION_KEY', `${KEY},c2hvcnQ=`, 'newest first'],
    ['ENCRYPTION_KEY', `${'é'.repeat(43)}=`, 'bytes in base64'],
    ['DATABASE_URL', 'mysql://root:hunter2@db/x', 'postgresql://'],
    ['DATABASE_URL', 'postgresql://root:hun/ter2@:x', 'postgresql://'],
    ['DATABASE_DIRECT_URL', 'postgresql://root:hunter2@db:x/orders', 'session mode'],
    ['DATABASE_READ_URL', 'postgresql://root:hunter2@db:x/orders', 'streaming replica'],
    ['DATABASE_URL', 'postgresql://root:hunter2@one:5432,two:x/db', 'separated by commas'],
    ['SP_API_ENDPOINT', 'https://me:hunter2@a.example', '28 characters'],
  ])('shows only the length of the secret in %s (%#)', (name, value, hint) => {
    const message = startErrorOf({ [name]: value });
    expect(message).not.toContain('\n');
    expect(message).toMatch(new RegExp(`^${name} is not valid \\(\\d+ characters\\)\\. Expected `));
    // The printed line is redacted; the message must remain complete.
    expect(redactText(message)).toBe(message);
    expect(message).toContain(hint);
    for (const part of [value, 'hunter', 'c2hvcnQ', KEY]) expect(message).not.toContain(part);
  });

  test('reads the hosts of an address as libpq does', () => {
    const hosts = (text: string) => parsePostgresAddresses(text)?.map(postgresHostOf);
    const [one, two] = [
      { host: 'one', port: 5432 },
      { host: '[::1]', port: 5433 },
    ];
    expect(hosts('postgresql://u:p,@one,[::1]:5433/db?target_session_attrs=any')).toEqual([one, two]);
    expect(hosts('postgres://one/a,b')).toEqual([one]);
  });

  test.each(['JWT_SECRET', 'ENCRYPTION_KEY'])('requires %s with DATABASE_URL', (name) => {
    expect(startErrorOf({ ...SHARED, [name]: '' })).toMatch(
      new RegExp(`^${name} is not set.*DATABASE_URL.*openssl rand`),
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each(['DATABASE_DIRECT_URL', 'DATABASE_READ_URL'])('requires DATABASE_URL with %s', (name) => {
    expect(startErrorOf({ [name]: SHARED.DATABASE_URL })).toMatch(new RegExp(`^${name} is set, but DATABASE_URL`));
  });

  test.each(['api', 'worker'])('rejects ROLE=%s without DATABASE_URL', (role) => {
    expect(startErrorOf({ ROLE: role })).toMatch(/^ROLE is not valid: .*DATABASE_URL/);
  });
});
