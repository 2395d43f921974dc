import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const asRoot = process.getuid?.() === 0;

/** How PostgreSQL is stopped: `fast` ends its sessions and shuts down cleanly, `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

/** A separate PostgreSQL that the test can stop and start. */
export interface PostgresCluster {
  /** Returns its address. */
  createDatabase(name: string): Promise<string>;
  addressOf(name: string): string;
  /** Runs statements in the database `postgres`, as the superuser. */
  query(...statements: string[]): Promise<void>;
  /** Its data folder, for configuration files such as `pg_hba.conf`. */
  readonly data: string;
  /** Runs a program in its folder, as the user that it runs as. */
  run(program: string, ...args: string[]): Promise<void>;
  /** Makes a standby that follows it. Destroy it first. */
  startStandby(): Promise<Standby>;
  stop(mode: StopMode): Promise<void>;
  /** @param how as it was, or as a standby that only reads */
  start(how?: 'as it was' | 'as a standby'): Promise<void>;
  /** Ends it being a standby. */
  promote(): Promise<void>;
  /** Stops it and deletes it. */
  destroy(): Promise<void>;
}

/** A server that repeats what a cluster commits, asynchronously. */
export interface Standby
  extends Pick<PostgresCluster, 'addressOf' | 'promote' | 'query' | 'stop' | 'start' | 'destroy'> {
  /** Resolves when it has everything that the primary has committed until now. */
  catchUp(): Promise<void>;
  /** Stops to follow: it lacks what is committed from now on. */
  lag(): Promise<void>;
}

/** The folder of this machine's server binaries (`pg_ctl` is seldom on the PATH); null, with a line of output, if none. */
export function postgresBinaries(): string | null {
  const homes = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'].filter((home) => existsSync(home));
  const versions = homes.flatMap((home) => readdirSync(home).map((name) => join(home, name, 'bin')));
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/pgsql/bin', ...versions.sort().reverse()];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
  if (!found) process.stderr.write('No initdb and pg_ctl on this machine: a PostgreSQL that restarts is not tested.\n');
  // Follow links to the folder that contains all binaries.
  return found ? dirname(realpathSync(join(found, 'pg_ctl'))) : null;
}

/** Makes a cluster in a temporary folder and starts it on 127.0.0.1. @param ownPort default: any free one */
export async function startCluster(binaries: string, ownPort?: number): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'ordermirror-cluster-'));
  const { uid, gid } = await unprivileged();
  if (asRoot) chownSync(folder, uid, gid);
  const call = (program: string, ...args: string[]) => run(join(binaries, program), args, { uid, gid, cwd: folder });
  const data = join(folder, 'data');
  const port = ownPort ?? (await freePort());
  const settingsOf = (at: number) => `-p ${at} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  const addressAt = (at: number) => (name: string) => `postgresql://postgres@127.0.0.1:${at}/${name}`;
  const addressOf = addressAt(port);
  const startAt = (folderOfData: string, at: number) =>
    call('pg_ctl', 'start', '-w', '-D', folderOfData, '-l', join(folder, 'log'), '-o', settingsOf(at));
  const stopAt = async (folderOfData: string, mode: StopMode) =>
    void (await call('pg_ctl', 'stop', '-w', '-D', folderOfData, '-m', mode));
  const cluster: PostgresCluster = {
    data,
    addressOf,
    promote: async () => void (await call('pg_ctl', 'promote', '-w', '-D', data)),
    query: async (...statements) => void (await queryAt(addressOf('postgres'), ...statements)),
    createDatabase: async (name) => {
      await cluster.query(`CREATE DATABASE ${name}`);
      return addressOf(name);
    },
    run: async (program, ...args) => {
      await run(program, args, { uid, gid, cwd: folder });
    },
    startStandby: async () => {
      const standbyPort = await freePort();
      const copy = join(folder, `standby-${standbyPort}`);
      await call('pg_basebackup', '-d', addressOf(''), '-D', copy, '-R', '-X', 'stream', '-c', 'fast', '--no-sync');
      const standbyAddressOf = addressAt(standbyPort);
      const address = standbyAddressOf('postgres');
      const start = async () => void (await startAt(copy, standbyPort));
      await start();
      return {
        addressOf: standbyAddressOf,
        query: async (...statements) => void (await queryAt(address, ...statements)),
        start,
        stop: (mode) => stopAt(copy, mode),
        promote: async () => void (await call('pg_ctl', 'promote', '-w', '-D', copy)),
        destroy: () => stopAt(copy, 'immediate'),
        catchUp: async () => {
          const [{ lsn }] = await queryAt(addressOf('postgres'), 'SELECT pg_current_wal_insert_lsn()::text AS lsn');
          await untilTrue(address, `pg_last_wal_replay_lsn() >= '${lsn}'`);
        },
        lag: async () => {
          await queryAt(address, `ALTER SYSTEM SET primary_conninfo = ''`, 'SELECT pg_reload_conf()');
          await untilTrue(address, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
        },
      };
    },
    start: async (how) => {
      if (how === 'as a standby') writeFileSync(join(data, 'standby.signal'), '');
      await startAt(data, port);
    },
    stop: (mode) => stopAt(data, mode),
    destroy: async () => {
      await cluster.stop('immediate').catch(() => {});
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await call('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync');
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.destroy();
    throw error;
  }
}

/** Runs statements one by one; returns the rows of the last. */
// biome-ignore lint/suspicious/noExplicitAny: what a test selects
async function queryAt(address: string, ...statements: string[]): Promise<any[]> {
  const client = new pg.Client(address);
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await client.query(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** Waits until a condition holds. This file is also part of Vitest's configuration, which has no `vi.waitFor`. */
async function untilTrue(address: string, condition: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(20)) {
    const [{ holds }] = await queryAt(address, `SELECT ${condition} AS holds`);
    if (holds) return;
  }
  throw new Error(`This does not come true: ${condition}`);
}

/** The user of a separate server: the one created by the package, because PostgreSQL and PgBouncer refuse root. */
export async function unprivileged(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = asRoot ? await idsOf('postgres') : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return { uid, gid };
}

async function idsOf(user: string): Promise<[number, number]> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user])));
  return [Number(uid?.stdout), Number(gid?.stdout)];
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<unknown>((resolve) => server.close(resolve));
  return port;
}
