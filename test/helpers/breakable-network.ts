import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** The way between a program and a server, which a test can break. */
export interface BreakableNetwork {
  /** The same address, through this network. */
  readonly url: string;
  /** Resets all connections, and each new one. */
  cut(): void;
  /**
   * Takes all that is sent and passes nothing on, on old connections and new ones: nobody is told that the other is gone.
   * Connections that were silenced stay so for ever, as behind a firewall that forgot them.
   */
  silence(): void;
  /** New connections get through again. */
  mend(): void;
}

/** A proxy of TCP to the host and port of this address; gone after the test. */
export async function breakableNetwork(url: string): Promise<BreakableNetwork> {
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
  onTestFinished(async () => {
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
    mend: () => {
      state = 'whole';
    },
  };
}
