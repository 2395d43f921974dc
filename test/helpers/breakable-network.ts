import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { OnEnd } from './with-sync.js';

/** A proxy between a program and a server, which a test can break. */
export interface BreakableNetwork {
  /** The same address, through the proxy. */
  readonly url: string;
  /** Resets all connections, and each new one. */
  cut(): void;
  /**
   * Drops all data without closing a connection. Connections that exist now stay silent even after `restore`, as behind a
   * firewall that forgot them.
   */
  silence(): void;
  /** Forwards new connections again. */
  restore(): void;
}

/** Starts a TCP proxy to the host and port of an address; closed after the test. */
export async function breakableNetwork(url: string, onEnd: OnEnd = onTestFinished): Promise<BreakableNetwork> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let state: 'whole' | 'cut' | 'silent' = 'whole';
  const server = createServer((near) => {
    const far = state === 'whole' ? connect(Number(port || 5432), hostname) : null;
    for (const socket of [near, far]) if (socket) keep(socket);
    if (state === 'cut') near.resetAndDestroy();
    if (far === null) return void near.resume();
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.once('close', () => other.destroy());
  });
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<unknown>((resolve) => server.close(resolve));
  });
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((server.address() as { port: number }).port);
  return {
    url: through.href,
    cut: () => {
      state = 'cut';
      for (const socket of sockets) socket.resetAndDestroy();
    },
    silence: () => {
      state = 'silent';
      for (const socket of sockets) socket.unpipe().removeAllListeners('close').resume();
    },
    restore: () => {
      state = 'whole';
    },
  };
}
