import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../../core/errors.js';
import { type Liveness, type LockSocket, listenIn, probe, removeSocket } from './lock-socket.js';

const LOCK = 'ordermirror.lock.';
const SOCKET = 'ordermirror.sock.';
const MAX_PAUSE_MS = 150;

/** Another process has locked the data folder. */
export class FolderInUseError extends StartError {}

export interface LockOptions {
  /** How long to wait for another holder to end. */
  readonly waitMs?: number;
  /** The holder touches its lock file this often. */
  readonly heartbeatMs?: number;
  /** A holder on another kernel counts as dead once its lock file was not touched for this long. */
  readonly silenceMs?: number;
}

/** Content of a lock file. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Identifies the running kernel; null if unknown. */
  readonly kernel: string | null;
  /** Whether it listens on its socket. */
  readonly listens: boolean;
}

interface Lock {
  readonly name: string;
  readonly path: string;
  readonly socket: LockSocket | null;
}

/** Per lock file: its last modification time, and when that was first seen (monotonic ms). */
type Sightings = Map<string, { readonly modifiedMs: number; readonly seenAt: number }>;

/**
 * Locks the folder for the caller: two PGlites on one folder destroy it. Waits up to `waitMs` (5 s) for a holder to end.
 *
 * Each contender has a lock file with a random name and a socket beside it. It creates its file first and then looks for
 * files of others, so that of two contenders at least one sees the other; one that sees a live one withdraws and retries.
 * Names are never used twice, so removing the file of a dead process can't remove a successor's.
 * - On the same kernel (`boot_id`) the socket decides: the kernel closes it with the process, a zombie's too, and keeps it
 *   for a stopped one. Process ids and host names don't matter, so containers may share them.
 * - Elsewhere (another machine, the time before a reboot, a file system without sockets) the heartbeat decides. A holder whose
 *   lock file was removed, because it was silent for `silenceMs`, throws from its timer, which ends the process.
 *
 * @returns releases the lock
 * @throws {StartError} while another process holds it
 */
export async function lockDataFolder(folder: string, options: LockOptions = {}): Promise<() => void> {
  const { waitMs = 5_000, heartbeatMs = 3_000, silenceMs = 15_000 } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const sightings: Sightings = new Map();
  const deadline = performance.now() + waitMs;
  for (;;) {
    let holder = await findHolder(folder, sightings, silenceMs);
    if (holder === null) {
      const lock = await createLock(folder);
      holder = await findHolder(folder, sightings, silenceMs, lock.name);
      if (holder === null) return keep(folder, lock, heartbeatMs);
      release(lock);
    }
    // A holder of unknown liveness is watched until it is known.
    if (holder.liveness === 'alive' && performance.now() > deadline) throw lockedBy(folder, holder);
    await sleep(10 + Math.random() * MAX_PAUSE_MS);
  }
}

async function createLock(folder: string): Promise<Lock> {
  const id = randomBytes(8).toString('hex');
  const [name, path] = [LOCK + id, join(folder, LOCK + id)];
  const socket = await listenIn(folder, SOCKET + id);
  const holder: Holder = { pid: process.pid, host: hostname(), kernel: kernelId(), listens: socket !== null };
  writeFileSync(path, JSON.stringify(holder), { mode: 0o600, flag: 'wx' });
  return { name, path, socket };
}

function release({ path, socket }: Lock): void {
  rmSync(path, { force: true });
  socket?.close();
}

/** Touches the lock file until it is released. */
function keep(folder: string, lock: Lock, heartbeatMs: number): () => void {
  const timer = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(lock.path, now, now);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return;
      throw new Error(
        `The lock file ${lock.path} is gone: another process may have taken over ${folder}. This process ends so that it writes nothing more.`,
      );
    }
  }, heartbeatMs).unref();
  return () => {
    clearInterval(timer);
    release(lock);
  };
}

/** Returns a holder that is alive or may be, and removes the files of dead ones. */
async function findHolder(
  folder: string,
  sightings: Sightings,
  silenceMs: number,
  own?: string,
): Promise<(Partial<Holder> & { readonly liveness: Liveness }) | null> {
  let found: (Partial<Holder> & { readonly liveness: Liveness }) | null = null;
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(LOCK) || name === own) continue;
    const holder = readHolder(join(folder, name));
    const liveness = await livenessOf(folder, name, holder, sightings, silenceMs);
    if (liveness === 'dead') {
      rmSync(join(folder, name), { force: true });
      removeSocket(folder, socketOf(name));
    } else if (found === null || liveness === 'alive') found = { ...holder, liveness };
  }
  return found;
}

async function livenessOf(
  folder: string,
  name: string,
  holder: Holder | null,
  sightings: Sightings,
  silenceMs: number,
): Promise<Liveness> {
  if (holder?.listens && holder.kernel !== null && holder.kernel === kernelId()) {
    const liveness = await probe(folder, socketOf(name));
    if (liveness !== 'unknown') return liveness;
  }
  const modifiedMs = statSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs;
  if (modifiedMs === undefined) return 'dead';
  const before = sightings.get(name);
  if (before?.modifiedMs === modifiedMs) return performance.now() - before.seenAt > silenceMs ? 'dead' : 'unknown';
  sightings.set(name, { modifiedMs, seenAt: performance.now() });
  return before ? 'alive' : 'unknown';
}

const socketOf = (lockName: string): string => SOCKET + lockName.slice(LOCK.length);

function readHolder(path: string): Holder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return null;
  }
}

/** On Linux `boot_id`, which is the same in all containers of a machine and changes with each boot. */
function kernelId(): string | null {
  if (process.platform !== 'linux') return `${process.platform} ${hostname()}`;
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}

function lockedBy(folder: string, { pid, host }: Partial<Holder>): FolderInUseError {
  const where = host === undefined || host === hostname() ? '' : ` on ${host}`;
  return new FolderInUseError(
    `The data folder ${folder} is in use by process ${pid ?? '(unknown)'}${where}. ` +
      'Stop that Ordermirror, or set DATA_DIR to another folder (several processes need PostgreSQL: DATABASE_URL).',
  );
}
