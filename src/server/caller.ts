import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Caller } from '../accounts/accounts.js';

/**
 * Who is at the other end. Local is only what can't come from elsewhere: the peer, the host that was asked for and the
 * page that asked are all loopback (a page elsewhere can reach loopback by a name of its own), and no proxy passed it on.
 * A proxy on this machine is known by X-Forwarded-For or Forwarded alone. One that is told to send neither, and the
 * loopback host of its own target (nginx's bare `proxy_pass`), makes everybody look local: `.env.example` warns of it.
 */
export function callerOf(request: IncomingMessage): Caller {
  const address = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? null;
  const { host, origin } = request.headers;
  const local =
    address !== null &&
    isLoopback(address) &&
    isLoopback(hostnameOf(`http://${host}`)) &&
    (origin === undefined || isLoopback(hostnameOf(origin))) &&
    request.headers['x-forwarded-for'] === undefined &&
    request.headers.forwarded === undefined;
  return { address, local };
}

/** Whether the name or address can only be this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}

/** Empty where there is none. */
function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}
