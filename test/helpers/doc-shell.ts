import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { DocBlock } from './doc-blocks.js';
import { onPostgres, postgresUrlOf } from './postgres-for-tests.js';

const ROOT = join(import.meta.dirname, '../..');
const BLOCK_TIMEOUT_MS = 30_000;
const SERVER = '127.0.0.1:4000';
const SECOND_SERVER = '127.0.0.1:4001';
const SIMULATOR = '127.0.0.1:8787';
/** Commands that keep running until they are stopped, at the end of a block. */
const KEEPS_RUNNING = /(npm start|npm run simulator.*|node dist\/ordermirror\.js start)$/;
const IS_UP = /(?:listens on|simulator at) http:\/\/([\w.:]+)/;

/** Runs documented commands one after the other, in a folder like a built clone. */
export interface DocShell {
  readonly folder: string;
  /** Variables and exported functions set by the blocks. */
  readonly env: Readonly<Record<string, string>>;
  /** The base URL of the server that listens on the documented port 4000. */
  readonly url: string;
  /** Databases created by `createdb`, in order; dropped after the test. */
  readonly databases: readonly string[];
  set(name: string, value: string): void;
  /**
   * Runs a block to its end; one that keeps running until it listens.
   * @param input standard input, for `read`
   * @returns its standard output @throws {Error} with all output when a command fails
   */
  run(block: DocBlock, input?: string): Promise<string>;
  stopServers(): Promise<void>;
}

/**
 * Ports, databases and roles are replaced by free ones: 4000, 4001, 8787, the database `ordermirror` and the role
 * `metabase`. Nothing else is changed, except that no schedule runs and npm asks no registry.
 */
export function openDocShell(): DocShell {
  const folder = mkdtempSync(join(tmpdir(), 'ordermirror-docs-'));
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  for (const name of ['dist', 'node_modules', 'scripts']) symlinkSync(join(ROOT, name), join(folder, name));
  const postgres = new URL(postgresUrlOf('postgres'));
  const state = join(folder, '.env-of-blocks');
  const { PATH = '' } = process.env;
  let env: Record<string, string> = {
    PATH,
    HOME: folder,
    npm_config_update_notifier: 'false',
    PORT: '0',
    SYNC_CRON: 'off',
    HISTORY: 'off',
    PGPORT: postgres.port || '5432',
    STATE: state,
  };
  const addresses = new Map<string, string>();
  const servers = new Map<string, { child: ChildProcess; closed: Promise<unknown> }>();
  const databases: string[] = [];
  const role = `metabase_docs_${process.pid}`;

  const adapt = (text: string) => {
    if (text.includes('createdb ')) databases.push(`ordermirror_docs_${process.pid}_${databases.length}`);
    let adapted = text
      .replace(/PORT=400[01]/g, 'PORT=0')
      .replace(/npm run simulator( --)?/g, 'npm run simulator -- --port 0')
      .replace(/(npm run report-role .*)metabase/g, `$1${role}`)
      .replaceAll('-h 127.0.0.1 -U postgres', `-h ${postgres.hostname} -U ${postgres.username}`)
      .replace(/(createdb .*) ordermirror$/m, `$1 ${databases.at(-1)}`)
      .replaceAll('postgresql://postgres@127.0.0.1:5432/ordermirror', postgresUrlOf(databases.at(-1) ?? ''));
    for (const [documented, actual] of addresses) adapted = adapted.replaceAll(documented, actual);
    return adapted;
  };
  const bash = (script: string) => {
    const child = spawn('bash', ['-c', `set -aeo pipefail\n${script}`], { cwd: folder, env, detached: true });
    const printed = { stdout: '', all: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (name === 'stdout') printed.stdout += text;
        printed.all += text;
      });
    child.stdin.on('error', () => {});
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, printed, closed };
  };
  const stop = async (address: string) => {
    const server = servers.get(address);
    servers.delete(address);
    if (!server) return;
    signalGroup(server.child, 'SIGTERM');
    await server.closed;
  };
  const stopServers = async () => {
    await Promise.all([...servers.keys()].map(stop));
  };
  const start = async (text: string, failure: (output: string) => Error) => {
    const address = text.includes('simulator') ? SIMULATOR : text.includes('PORT=4001') ? SECOND_SERVER : SERVER;
    await stop(address);
    const { child, printed, closed } = bash(adapt(text));
    servers.set(address, { child, closed });
    const isUp = new Promise<string>((resolve, reject) => {
      child.stdout.on('data', () => {
        const actual = IS_UP.exec(printed.all)?.[1];
        if (actual) resolve(actual);
      });
      void closed.then(() => reject(failure(printed.all)));
    });
    addresses.set(address, await isUp);
    return printed.stdout;
  };
  const runToEnd = async (text: string, input: string, failure: (output: string) => Error) => {
    const { child, printed, closed } = bash(`${adapt(text)}\nenv -0 > "$STATE"`);
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), BLOCK_TIMEOUT_MS);
    child.stdin.end(input);
    const code = await closed;
    clearTimeout(timer);
    if (code !== 0) throw failure(printed.all);
    env = Object.fromEntries(
      readFileSync(state, 'utf8')
        .split('\0')
        .filter((entry) => entry.includes('='))
        .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
    );
    return printed.stdout;
  };

  onTestFinished(async () => {
    await stopServers();
    for (const name of databases) await onPostgres(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (databases.length > 0) await onPostgres(`DROP ROLE IF EXISTS ${role}`);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    get env() {
      return env;
    },
    get url() {
      return `http://${addresses.get(SERVER)}`;
    },
    databases,
    set: (name, value) => {
      env = { ...env, [name]: value };
    },
    run: async ({ document, line, language, text }, input = '') => {
      const failure = (output: string) => new Error(`${document}:${line} failed:\n${text}\n\n${output}`);
      if (language !== 'js') return KEEPS_RUNNING.test(text) ? start(text, failure) : runToEnd(text, input, failure);
      const [, name] = /^\/\/ ([\w-]+\.mjs):/.exec(text) ?? [];
      if (name === undefined) throw new Error(`${document}:${line}: begin the block with "// NAME.mjs: …".`);
      writeFileSync(join(folder, name), adapt(text));
      return '';
    },
    stopServers,
  };
}

/** Each block has its own process group, including npm and its children. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The group has already ended.
  }
}
