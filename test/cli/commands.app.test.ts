import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import {
  connectAsOwner,
  KEYS,
  runToItsEnd,
  sharedDatabase,
  startProcess,
  temporaryFolder,
} from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const COMMANDS = ['start', 'demo', 'simulator', 'doctor', 'export', 'move', 'reset-password', 'report-role', 'mcp'];

const run = (command: string, env: Record<string, string> = {}, args: readonly string[] = [], input = '') =>
  runToItsEnd(env, { command, args, input });

describe('ordermirror', () => {
  it('explains itself and each command', async () => {
    const { code, output } = await run('--help');
    expect(code).toBe(0);
    const helps = await Promise.all(COMMANDS.map((command) => run(command, {}, ['--help'])));
    for (const [index, command] of COMMANDS.entries()) {
      expect(output).toMatch(new RegExp(`^  ${command}\\b.* {2}\\S`, 'm'));
      const help = helps[index];
      expect(help?.code).toBe(0);
      expect(help?.output).toContain(`Usage: ordermirror ${command} [options]`);
      expect(help?.output).toMatch(/^Options:\n(?: {2}.*\n)* {2}-h, --help {2,}display help for command$/m);
    }
  });

  it('prints its version, and refuses what it does not know', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(await run('--version')).toEqual({ code: 0, output: `${version}\n` });
    expect(await run('strat')).toMatchObject({
      code: 1,
      output: expect.stringMatching(/unknown command 'strat'.*start/s),
    });
    expect(await run('simulator', {}, ['--what'])).toMatchObject({
      code: 1,
      output: expect.stringContaining("unknown option '--what'"),
    });
    expect(await run('simulator', {}, ['--port', '99999'])).toEqual({
      code: 1,
      output: 'simulator: --port should be a whole number from 0 to 65535, not "99999"\n',
    });
    expect(await run('demo', {}, ['--exti'])).toMatchObject({ code: 1, output: expect.stringContaining('--exit') });
  });
});

describe('ordermirror doctor', () => {
  /** Its lines, as `✔ Keys …`. */
  async function findings(env: Record<string, string>) {
    const { code, output } = await run('doctor', env);
    for (const secret of [...Object.values(KEYS), 'Atzr|process', 'Atzr|revoked', 'secret"'])
      expect(output).not.toContain(secret);
    const marks = Object.fromEntries(
      [...output.matchAll(/^ {2}([✔✘–]) (.+?)(?: {2,}|$)/gmu)].map(([, mark, name]) => [name, mark]),
    );
    return { code, output, marks };
  }

  it('finds nothing wrong beside a server that works, and says what the next step is for what is', async () => {
    const simulator = await withSimulator({ orders: 5 });
    const database = await sharedDatabase();
    const env = { ...database, SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const server = await startProcess(env);
    await connectAsOwner(server.api, simulator.marketplaceIds);
    server.kill('SIGTERM');
    await server.ended;

    const well = await findings(env);
    expect(well).toMatchObject({ code: 0, output: expect.stringContaining('Nothing is wrong.') });
    expect(well.marks).toMatchObject({
      'Node.js': '✔',
      Settings: '✔',
      Database: '✔',
      Migrations: '✔',
      Keys: '✔',
      "Clock, beside Amazon's": '✔',
      'Login with Amazon': '✔',
      Marketplaces: '✔',
      'Queue of notifications': '–',
    });

    const otherKeys = await findings({
      ...env,
      JWT_SECRET: KEYS.JWT_SECRET,
      ENCRYPTION_KEY: Buffer.alloc(32, 9).toString('base64'),
    });
    expect(otherKeys).toMatchObject({ code: 1, marks: { Keys: '✘' } });
    const unreachable = await findings({ ...env, SP_API_ENDPOINT: 'http://127.0.0.1:1' });
    expect(unreachable).toMatchObject({ code: 1, marks: { "Clock, beside Amazon's": '✘' } });
    expect(unreachable.output).toContain('Check the network, DNS, proxy and firewall');
    const noLogin = await findings({ ...env, LWA_ENDPOINT: 'http://127.0.0.1:1' });
    expect(noLogin).toMatchObject({ code: 1, marks: { 'Login with Amazon': '✘' } });

    simulator.faults.add({ operation: 'getMarketplaceParticipations', fault: { kind: '403-forbidden' } });
    expect(await findings(env)).toMatchObject({ code: 1, marks: { 'Login with Amazon': '✔', Marketplaces: '✘' } });
    simulator.faults.clear();
    simulator.faults.add({ fault: { kind: 'invalid-grant' } });
    expect(await findings(env)).toMatchObject({ code: 1, marks: { 'Login with Amazon': '✘' } });
  });

  it('checks a folder that a server has locked as far as it can, and a new one', async () => {
    const DATA_DIR = temporaryFolder();
    expect(await findings({ DATA_DIR })).toMatchObject({ code: 0, marks: { Database: '✔', Disk: '✔' } });
    const server = await startProcess({ DATA_DIR });
    const locked = await findings({ DATA_DIR });
    expect(locked).toMatchObject({ code: 0, marks: { Database: '–', Disk: '✔' } });
    expect(locked.output).toContain(`in use by process ${server.pid}`);
  });

  it('names the invalid setting, and a server that can not be reached', async () => {
    expect(await findings({ PORT: 'http' })).toMatchObject({ code: 1, marks: { Settings: '✘' } });
    const DATABASE_URL = 'postgresql://app:hunter2@127.0.0.1:1/shop';
    expect(await findings({ DATABASE_URL })).toMatchObject({ code: 1, marks: { Settings: '✘' } });
    const refused = await findings({ DATABASE_URL, ...KEYS });
    expect(refused).toMatchObject({ code: 1, marks: { Settings: '✔', Database: '✘' } });
    expect(refused.output).not.toContain('hunter2');
  });
});

describe('ordermirror export', () => {
  it('writes what the server sends', async () => {
    const simulator = await withSimulator({ orders: 30, updatedWithinDays: 20 });
    const env = await sharedDatabase();
    const amazon = { SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
    const server = await startProcess({ ...env, ...amazon });
    const token = await connectAsOwner(server.api, simulator.marketplaceIds);
    await untilRun(server.api, await startRun(server.api), hasEnded);
    const download = async (file: string) =>
      (await fetch(`${server.url}/export/${file}`, { headers: { authorization: `Bearer ${token}` } })).text();
    const year = [new Date(Date.now() - 300 * 86_400_000), new Date(Date.now() + 86_400_000)].map((day) =>
      day.toISOString().slice(0, 10),
    );
    const [from = '', to = ''] = year;
    const expected = [
      await download(`orders.csv?statuses=SHIPPED&purchasedFrom=${from}&purchasedTo=${to}`),
      await download(`sales.ndjson?from=${from}&to=${to}&interval=TOTAL&by=SKU`),
    ];
    server.kill('SIGTERM');
    await server.ended;
    const dates = ['--from', from, '--to', to];
    const orders = await run('export', env, ['orders', ...dates, '--statuses', 'SHIPPED']);
    expect(orders).toEqual({ code: 0, output: expected[0] });
    expect(orders.output.split('\r\n').length).toBeGreaterThan(5);
    const sales = await run('export', env, [
      'sales',
      ...dates,
      '--format',
      'ndjson',
      '--interval',
      'TOTAL',
      '--by',
      'SKU',
    ]);
    expect(sales).toEqual({ code: 0, output: expected[1] });
  });

  it('refuses wrong parameters, and a folder without a mirror', async () => {
    const DATA_DIR = temporaryFolder();
    expect(await run('export', { DATA_DIR }, ['orders'])).toMatchObject({
      code: 1,
      output: expect.stringContaining(`There is no mirror in ${DATA_DIR}.`),
    });
    expect(await run('export', {}, ['invoices'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('orders, order-items, sales'),
    });
    const env = await sharedDatabase();
    const wrong = await run('export', env, ['orders', '--to-ship', 'maybe']);
    expect(wrong).toMatchObject({ code: 1, output: expect.stringMatching(/--to-ship.*OVERDUE.*maybe/) });
    for (const [args, message] of [
      [['orders', '--from', '2026-13-01'], 'The parameter --from is wrong.'],
      [['orders', '--interval', 'DAY'], 'There is no parameter "--interval". There are: --statuses,'],
      [['sales'], 'The parameters --from and --to are required'],
    ] as const)
      expect(await run('export', env, args)).toMatchObject({ code: 1, output: expect.stringContaining(message) });
  });
});

describe('ordermirror reset-password', () => {
  it('lets a user in who forgot it, and ends their sessions', async () => {
    const env = await sharedDatabase();
    let server = await startProcess(env);
    const register = `mutation { register(email: "Owner@example.com", password: "forgotten password") { token } }`;
    const { register: owner } = await server.api.request<{ register: { token: string } }>(register);
    if (!env.DATABASE_URL) {
      server.kill('SIGTERM');
      await server.ended;
    }
    const set = (email: string, password: string) =>
      run('reset-password', env, [email, '--password-stdin'], `${password}\n`);
    expect(await set('owner@example.com', 'short')).toMatchObject({
      code: 1,
      output: expect.stringContaining('at least 12'),
    });
    expect(await set('nobody@example.com', 'a new long password')).toMatchObject({
      code: 1,
      output: expect.stringContaining('no user'),
    });
    const { code, output } = await set('owner@example.com', 'a new long password');
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining('Set a new password for owner@example.com'),
    });
    expect(output).not.toContain('a new long password');

    if (!env.DATABASE_URL) server = await startProcess(env);
    const former = createApiClient(server.url);
    former.signIn(owner.token);
    await expect(former.request('{ orders { totalCount } }')).rejects.toThrow(/Sign in again/);
    const logIn = (password: string) =>
      createApiClient(server.url).request(
        `mutation { login(email: "owner@example.com", password: "${password}") { token } }`,
      );
    await expect(logIn('forgotten password')).rejects.toThrow('The e-mail or the password is wrong');
    await logIn('a new long password');
  });

  it('asks for the password at a terminal only', async () => {
    const env = await sharedDatabase();
    expect(await run('reset-password', env, ['owner@example.com'])).toMatchObject({
      code: 1,
      output: expect.stringContaining('--password-stdin'),
    });
  });
});
