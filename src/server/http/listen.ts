import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from '../../core/errors.js';

export interface Listening {
  readonly host: string;
  readonly port: number;
  /** Base URL of the server, for browsers. */
  readonly url: string;
}

/** @throws {StartError} if the port is in use or not permitted, or the host is not an address of this machine */
export function listen(server: Server, host: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(startError(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const { port: taken } = server.address() as AddressInfo;
      resolve({ host, port: taken, url: `http://${browsable(host)}:${taken}` });
    });
  });
}

function startError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const cause = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartError(
        `Port ${port} on ${host} is in use. Stop the program that uses it, or set PORT to another port.`,
        cause,
      );
    case 'EACCES':
      return new StartError(
        `This user must not listen on port ${port} of ${host}. Set PORT to a port above 1023.`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `HOST ${host} is not an address of this machine. Set HOST to 127.0.0.1, 0.0.0.0 or an address of this machine.`,
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
