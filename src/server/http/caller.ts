import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Caller } from '../../accounts/accounts.js';
import { plainAddress } from '../../accounts/address.js';
import type { Network } from '../../config/config.js';
import type { Logger } from '../../core/logger.js';
import { claimedAddress, forwardedAddress, isForwarded, trustedProxies } from './forwarding.js';

/** Determines who makes a request. */
export type CallerOf = (request: IncomingMessage) => Caller;

export interface CallerOptions {
  /** Proxies whose X-Forwarded-For counts (`TRUST_PROXY`; default: none). */
  readonly trustProxy?: readonly Network[] | undefined;
  readonly logger: Pick<Logger, 'warn'>;
}

/**
 * A caller is local only if nothing about the request can come from elsewhere: the peer, the requested host and the page
 * that asks are all loopback (a page elsewhere can reach loopback by a name of its own), and no proxy passed it on. A
 * proxy on this machine that sends none of a proxy's headers, and the loopback host of its own target (nginx's bare
 * `proxy_pass`), makes everybody look local: `.env.example` warns of it.
 */
export function createCallerOf({ trustProxy = [], logger }: CallerOptions): CallerOf {
  const isTrusted = trustedProxies(trustProxy);
  let warned = false;
  const warn = (proxy: string) => {
    if (warned) return;
    warned = true;
    logger.warn(
      { proxy },
      'Requests come through a proxy that TRUST_PROXY does not name. Limits count all clients behind it as one address. If it is your proxy, add its address to TRUST_PROXY.',
    );
  };
  return (request) => {
    const { headers } = request;
    const peer = request.socket.remoteAddress === undefined ? null : plainAddress(request.socket.remoteAddress);
    if (!isForwarded(headers)) return { address: peer, local: peer !== null && isLocal(peer, headers) };
    if (peer !== null && isTrusted(peer)) {
      const client = forwardedAddress(headers, isTrusted);
      if (client !== null) return { address: client, local: false };
    } else if (peer !== null) warn(peer);
    return { address: peer, local: false, untrustedProxy: { claimed: claimedAddress(headers) } };
  };
}

function isLocal(peer: string, { host, origin }: IncomingMessage['headers']): boolean {
  return (
    isLoopback(peer) &&
    isLoopback(hostnameOf(`http://${host}`)) &&
    (origin === undefined || isLoopback(hostnameOf(origin)))
  );
}

/** Whether the name or address can only be this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}

/** The host name of a URL; empty where there is none. */
export function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}
