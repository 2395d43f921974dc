import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StartError } from '../errors.js';

const TAKEOVER_MS = 10_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in the kernel's ticks; null where the system doesn't tell. */
  readonly startedAt: string | null;
}

/**
 * Takes the folder for this process alone: two PGlites on one folder destroy it. Returns what lets it go.
 * A holder that died without letting go (kill -9, power) is noticed, and its lock taken over.
 * @throws {StartError} while another process has it.
 */
export function lockDataFolder(folder: string): () => void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'ordermirror.lock');
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(holderOf(process.pid)), { mode: 0o600 });
  try {
    take(path, own, folder);
  } finally {
    rmSync(own, { force: true });
  }
  return () => rmSync(path, { force: true });
}

/** A hard link appears whole or not at all, and never over another. */
function take(path: string, own: string, folder: string): void {
  if (linked(own, path)) return;
  const holder = readHolder(path);
  if (holder && isAlive(holder)) throw lockedBy(holder, folder, path);
  // Of several that find a dead one's lock, one may replace it: else the second would remove the first one's.
  const takeover = `${path}.takeover`;
  if (isOld(takeover)) rmSync(takeover, { force: true });
  if (!linked(own, takeover)) throw new StartError(`The data folder ${folder} is just being taken by another process.`);
  try {
    const present = readHolder(path);
    if (present && isAlive(present)) throw lockedBy(present, folder, path);
    rmSync(path, { force: true });
    if (!linked(own, path)) throw new StartError(`The data folder ${folder} is just being taken by another process.`);
  } finally {
    rmSync(takeover, { force: true });
  }
}

/** Whether it was made; false where there is one already. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A takeover is a matter of milliseconds: one that lasts was left by a process that died in it. */
function isOld(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.ctimeMs > TAKEOVER_MS;
}

function lockedBy(holder: Holder, folder: string, path: string): StartError {
  return new StartError(
    holder.host === hostname()
      ? `The data folder ${folder} is in use by process ${holder.pid}. Stop that Ordermirror, or set DATA_DIR to another folder (several processes need PostgreSQL: DATABASE_URL).`
      : `The data folder ${folder} is in use on the machine ${holder.host}. If nothing runs there any more, delete ${path}.`,
  );
}

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

function holderOf(pid: number): Holder {
  return { pid, host: hostname(), startedAt: startOf(pid) };
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  const startedAt = startOf(holder.pid);
  if (holder.startedAt !== null) return startedAt === holder.startedAt;
  try {
    process.kill(holder.pid, 0);
    return holder.pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The 22nd field of Linux's /proc/PID/stat tells a process from a later one with the same number. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
