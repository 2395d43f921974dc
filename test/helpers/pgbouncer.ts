import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, unprivileged } from './postgres-cluster.js';
import { testPostgresUrl } from './postgres-for-tests.js';

export interface PgBouncer {
  /** The address of a database through it. */
  urlOf(database: string): string;
  /** Changes settings while it runs. */
  reload(settings: Record<string, string | number>): void;
  stop(): Promise<void>;
}

/** PgBouncer's version, as [1, 18]; null, with a line of output, if it isn't installed. */
export function pgBouncerVersion(): readonly [number, number] | null {
  try {
    const text = execFileSync('pgbouncer', ['--version'], { encoding: 'utf8', env: pathWithSbin() });
    const [, major, minor] = /(\d+)\.(\d+)/.exec(text) ?? [];
    return [Number(major), Number(minor)];
  } catch {
    process.stderr.write('No pgbouncer on this machine: PgBouncer before PostgreSQL is not tested.\n');
    return null;
  }
}

/**
 * Starts PgBouncer before the tests' PostgreSQL, or another one, on a free port of 127.0.0.1.
 * @param role that it logs in as, whatever the name in an address
 */
export async function startPgBouncer(
  settings: Record<string, string | number>,
  role?: string,
  address: string = testPostgresUrl,
): Promise<PgBouncer> {
  const server = new URL(address);
  const folder = mkdtempSync(join(tmpdir(), 'ordermirror-pgbouncer-'));
  const { uid, gid } = await unprivileged();
  const port = await freePort();
  const file = join(folder, 'pgbouncer.ini');
  const write = (changed: Record<string, string | number>) => {
    const all = { listen_addr: '127.0.0.1', listen_port: port, unix_socket_dir: '', auth_type: 'any', ...changed };
    const password = server.password && !role ? ` password=${decodeURIComponent(server.password)}` : '';
    const user = role ?? (server.username || 'postgres');
    const target = `host=${server.hostname} port=${server.port || 5432} user=${user}${password}`;
    const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(file, ['[databases]', `* = ${target}`, '[pgbouncer]', ...lines, ''].join('\n'), { mode: 0o600 });
    if (process.getuid?.() === 0) for (const path of [folder, file]) chownSync(path, uid, gid);
  };
  write(settings);
  const child = spawn('pgbouncer', [file], { uid, gid, env: pathWithSbin(), stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      output += chunk;
      if (output.includes('process up')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PgBouncer did not start:\n${output}`)));
  });
  return {
    urlOf: (database) => `postgresql://postgres@127.0.0.1:${port}/${database}`,
    reload: (changed) => {
      write({ ...settings, ...changed });
      child.kill('SIGHUP');
    },
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Debian installs it in /usr/sbin, which is seldom on a user's PATH. */
function pathWithSbin() {
  return { PATH: `${process.env.PATH ?? ''}:/usr/sbin` };
}
