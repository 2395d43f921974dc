import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const asRoot = process.getuid?.() === 0;

/** How a PostgreSQL goes down: `fast` ends its sessions and leaves cleanly, `immediate` is a crash. */
export type StopMode = 'fast' | 'immediate';

/** A PostgreSQL of the test's own, which it may stop and start. */
export interface PostgresCluster {
  /** Returns its address. */
  createDatabase(name: string): Promise<string>;
  stop(mode: StopMode): Promise<void>;
  start(): Promise<void>;
  /** Stops it and deletes it. */
  destroy(): Promise<void>;
}

/** Where this machine's server binaries are (`pg_ctl` is seldom on the PATH), or null; says so in one line then. */
export function postgresBinaries(): string | null {
  const homes = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'].filter((home) => existsSync(home));
  const versions = homes.flatMap((home) => readdirSync(home).map((name) => join(home, name, 'bin')));
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/pgsql/bin', ...versions.sort().reverse()];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')));
  if (!found) process.stderr.write('No initdb and pg_ctl on this machine: a PostgreSQL that restarts is not tested.\n');
  return found ?? null;
}

/** Makes a cluster in a temporary folder and starts it on a free port of 127.0.0.1. */
export async function startCluster(binaries: string): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'ordermirror-cluster-'));
  // PostgreSQL refuses to run as root: then as the user that its package made.
  const [uid, gid] = asRoot ? await idsOf('postgres') : [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (asRoot) chownSync(folder, uid, gid);
  const call = (program: string, ...args: string[]) => run(join(binaries, program), args, { uid, gid, cwd: folder });
  const data = join(folder, 'data');
  const port = await freePort();
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`;
  const addressOf = (name: string) => `postgresql://postgres@127.0.0.1:${port}/${name}`;
  const cluster: PostgresCluster = {
    createDatabase: async (name) => {
      const client = new pg.Client(addressOf('postgres'));
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`).finally(() => client.end());
      return addressOf(name);
    },
    start: async () => {
      await call('pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', settings);
    },
    stop: async (mode) => {
      await call('pg_ctl', 'stop', '-w', '-D', data, '-m', mode);
    },
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

async function idsOf(user: string): Promise<[number, number]> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, user])));
  return [Number(uid?.stdout), Number(gid?.stdout)];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise<unknown>((resolve) => server.close(resolve));
  return port;
}
