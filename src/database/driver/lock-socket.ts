import { closeSync, openSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/** `sun_path` has 104 bytes on macOS and 108 on Linux; libuv cuts a longer path without an error. */
const MAX_PATH_BYTES = 100;

/** A listening socket, which the kernel closes when its process ends for any reason. */
export interface LockSocket {
  close(): void;
}

/** `alive`: a process listens. `dead`: none does. `unknown`: neither could be determined. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/**
 * Listens on a Unix domain socket, on Windows on a named pipe.
 * @returns null where that is impossible, as on some network and virtual file systems
 */
export function listenIn(folder: string, name: string): Promise<LockSocket | null> {
  return withAddress(folder, name, (address) => {
    if (address === null) return Promise.resolve(null);
    const server = createServer((socket) => socket.destroy()).unref();
    return new Promise((resolve) => {
      server.once('error', () => resolve(null));
      server.listen({ path: address }, () =>
        resolve({
          close: () => {
            server.close();
            removeSocket(folder, name);
          },
        }),
      );
    });
  });
}

/**
 * Whether a process listens on the socket. Also true for a process that is stopped (SIGSTOP, a paused container): the
 * kernel accepts connections for it. Works across PID, network and mount namespaces, within one kernel.
 */
export function probe(folder: string, name: string): Promise<Liveness> {
  return withAddress(folder, name, (address) => {
    if (address === null) return Promise.resolve('unknown');
    return new Promise((resolve) => {
      const socket = connect({ path: address });
      socket.once('connect', () => {
        socket.destroy();
        resolve('alive');
      });
      socket.once('error', ({ code }: NodeJS.ErrnoException) => {
        // EAGAIN: connections wait in the queue of a process that accepts none.
        resolve(code === 'ECONNREFUSED' ? 'dead' : code === 'EAGAIN' ? 'alive' : 'unknown');
      });
    });
  });
}

export function removeSocket(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true });
}

/** Calls `use` with a path that is short enough for a socket, or with null if there is none. */
async function withAddress<T>(folder: string, name: string, use: (address: string | null) => Promise<T>): Promise<T> {
  if (process.platform === 'win32') return use(`\\\\.\\pipe\\${name}`);
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= MAX_PATH_BYTES) return use(path);
  if (process.platform !== 'linux') return use(null);
  const descriptor = openSync(folder, 'r');
  try {
    return await use(`/proc/self/fd/${descriptor}/${name}`);
  } finally {
    closeSync(descriptor);
  }
}
