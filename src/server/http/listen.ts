import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from '../../core/errors.js';

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** The server's address as a browser takes it. */
  readonly url: string;
}

/** @throws {StartError} when the port is taken, may not be used, or the host isn't an address of this machine. */
export function listen(server: Server, host: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(explain(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const { port: taken } = server.address() as AddressInfo;
      resolve({ host, port: taken, url: `http://${browsable(host)}:${taken}` });
    });
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const cause = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(`Port ${port} on ${host} is taken. Stop what runs there, or set PORT to another.`, cause);
    case 'EACCES':
      return new StartError(`Port ${port} on ${host} may not be used by this user. Set PORT to one above 1023.`, cause);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `HOST ${host} is no address of this machine. Set it to 127.0.0.1, 0.0.0.0 or one that is.`,
        cause,
      );
    default:
      return error;
  }
}

function browsable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
