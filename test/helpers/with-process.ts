import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ApiClient, createApiClient } from '../../src/cli/demo/api-client.js';
import { copyPgliteTo, createTestDatabase, databaseKind } from './with-database.js';

/** The real server as a process of its own: `node dist/ordermirror.js` (`npm test` has compiled it). */
export interface ServerProcess extends Omit<BegunProcess, 'listening'> {
  readonly url: string;
  readonly api: ApiClient;
}

export interface BegunProcess {
  /** Resolves to its address once it listens; rejects if it exits before. */
  readonly listening: Promise<string>;
  readonly pid: number;
  /** Its output so far, both streams. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface LaunchOptions {
  /** The same program with a lease of 1.5 s in place of 15 (main-for-tests.mjs), so that a take-over is quick; it also logs its memory. */
  readonly shortLease?: boolean;
  readonly nodeFlags?: readonly string[];
  /** Of `ordermirror` (default: `start`). */
  readonly command?: string;
  readonly args?: readonly string[];
  /** Standard input. */
  readonly input?: string;
  /** A wrapper command, such as `unshare`; the program and its arguments follow it. */
  readonly through?: readonly string[];
}

/** Settings that processes on one PostgreSQL must share. */
export const KEYS = {
  JWT_SECRET: 'a secret of the tests, long enough',
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};

/** Creates a folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ordermirror-process-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Environment of processes that share one empty database of the project's kind, dropped after the test. */
export async function sharedDatabase(): Promise<Record<string, string>> {
  const DATA_DIR = temporaryFolder();
  if (databaseKind === 'pglite') {
    copyPgliteTo(join(DATA_DIR, 'pgdata'));
    return { DATA_DIR };
  }
  const { config, drop } = await createTestDatabase();
  onTestFinished(drop);
  return { DATA_DIR, ...KEYS, DATABASE_URL: config.kind === 'postgres' ? config.url : '' };
}

/** Runs the program until it exits; for starts that must fail. */
export async function runToItsEnd(
  env: Record<string, string>,
  options?: LaunchOptions,
): Promise<{ code: unknown; output: string }> {
  const { child, ended, output } = launch(env, options);
  onTestFinished(() => void child.kill('SIGKILL'));
  return { code: await ended, output: output() };
}

/** Starts the program without waiting; for processes that are killed before they listen. */
export function beginProcess(env: Record<string, string>, options: LaunchOptions = {}): BegunProcess {
  const { child, ended, output } = launch({ PORT: '0', SYNC_CRON: 'off', HISTORY: 'off', ...env }, options);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const url = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const listening = /listens on (http:\/\/[\w.:[\]]+)/.exec(output());
      if (listening?.[1]) resolve(listening[1]);
    });
    void ended.then(() => reject(new Error(`The server did not start:\n${output()}`)));
  });
  url.catch(() => {});
  return { listening: url, pid: child.pid ?? 0, output, kill: (signal) => child.kill(signal), ended };
}

/** Starts the program and waits until it listens. @throws {Error} with its output if it exits before. */
export async function startProcess(env: Record<string, string>, options?: LaunchOptions): Promise<ServerProcess> {
  const { listening, ...begun } = beginProcess(env, options);
  const url = await listening;
  return { ...begun, url, api: createApiClient(url) };
}

function launch(
  env: Record<string, string>,
  { shortLease = false, nodeFlags = [], command = 'start', args = [], input, through = [] }: LaunchOptions = {},
) {
  const { PATH = '' } = process.env;
  const program = shortLease ? ['main-for-tests.mjs'] : ['../../dist/ordermirror.js', command];
  const [path = '', ...programArgs] = program;
  const [executable = '', ...rest] = [
    ...through,
    process.execPath,
    ...nodeFlags,
    join(import.meta.dirname, path),
    ...programArgs,
    ...args,
  ];
  const child: ChildProcess = spawn(executable, rest, {
    env: { PATH, ...env },
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(input);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return { child, ended, output: () => printed };
}

/** Registers the owner on a fresh server, signs the API client in, and connects the server to a simulated Amazon. */
export async function connectAsOwner(
  api: ApiClient,
  marketplaceIds: readonly string[],
  {
    region = 'NA',
    refreshToken = 'Atzr|process',
  }: { region?: string | undefined; refreshToken?: string | undefined } = {},
): Promise<string> {
  const { register } = await api.request<{ register: { token: string } }>(
    `mutation { register(email: "owner@example.com", password: "a long enough password") { token } }`,
  );
  api.signIn(register.token);
  await api.request(`mutation ($input: SaveConnectionInput!) { saveConnection(input: $input) { id } }`, {
    input: { region, marketplaceIds },
  });
  await api.request(`mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { id } }`, {
    input: { refreshToken, lwaClientId: 'id', lwaClientSecret: 'secret' },
  });
  return register.token;
}
