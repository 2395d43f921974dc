import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Caller } from '../../accounts/accounts.js';
import { plainAddress } from '../../accounts/caller.js';
import type { Network } from '../../config/config.js';
import type { Logger } from '../../core/logger.js';

/** Returns the client of a request. */
export type CallerOf = (request: IncomingMessage) => Caller;

export interface CallerOptions {
  /** Proxies whose X-Forwarded-For is trusted (`TRUST_PROXY`; default: none). */
  readonly trustProxy?: readonly Network[] | undefined;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Headers that proxies and CDNs add, besides `x-forwarded-*`. */
const PROXY_HEADERS: ReadonlySet<string> = new Set(
  (
    'forwarded via x-real-ip x-client-ip x-cluster-client-ip x-original-forwarded-for x-original-host cdn-loop ' +
    'x-envoy-external-address true-client-ip cf-connecting-ip cf-ray fastly-client-ip fly-client-ip x-azure-clientip'
  ).split(' '),
);

/**
 * A caller is local if peer, requested host and origin are all loopback (a foreign page can reach loopback under a name of
 * its own) and no proxy forwarded the request. A proxy on this machine that adds no proxy header and requests a loopback
 * host (nginx's bare `proxy_pass`) makes all its clients look local: `.env.example` warns of it.
 */
export function createCallerOf({ trustProxy = [], logger }: CallerOptions): CallerOf {
  const proxies = new BlockList();
  for (const { address, prefix, family } of trustProxy) proxies.addSubnet(address, prefix, family);
  const isTrusted = (address: string) =>
    isIP(address) !== 0 && proxies.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  let warned = false;
  const warn = (proxy: string) => {
    if (warned) return;
    warned = true;
    logger.warn(
      { proxy },
      'Requests come through a proxy that TRUST_PROXY does not name, so rate limits treat all of its clients as one. If the proxy is yours, add its address to TRUST_PROXY.',
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

function isLocal(peer: string, { host, origin }: IncomingHttpHeaders): boolean {
  return (
    isLoopback(peer) &&
    isLoopback(hostnameOf(`http://${host}`)) &&
    (origin === undefined || isLoopback(hostnameOf(origin)))
  );
}

/** Whether a host name or address is always this machine. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isIP(name) === 4) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}

/** Returns the host name of a URL; empty if the URL is invalid. */
export function hostnameOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : '';
}

/** Whether a proxy forwarded the request. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || PROXY_HEADERS.has(name));
}

/**
 * Returns the client's address behind trusted proxies: each appends the address of its peer to X-Forwarded-For, so the
 * right-most address that is not a trusted proxy is the client. Addresses left of it were sent by the client and are
 * ignored. Null if the header has no address there.
 */
function forwardedAddress(headers: IncomingHttpHeaders, isTrusted: (address: string) => boolean): string | null {
  const hops = addressesIn(headers['x-forwarded-for']);
  let client: string | null = null;
  for (const hop of hops.reverse()) {
    if (hop === null) return client;
    client = hop;
    if (!isTrusted(hop)) return client;
  }
  return client;
}

/** Returns the client's address as reported by a proxy that is not trusted; null if it reports none. */
function claimedAddress(headers: IncomingHttpHeaders): string | null {
  const [, node] = /.*\bfor=("[^"]*"|[^;,\s]*)/i.exec(headers.forwarded ?? '') ?? [];
  const claims = [headers['x-forwarded-for'], headers['x-real-ip'], node?.replaceAll('"', '')];
  return claims.map((claim) => addressesIn(claim).at(-1)).find(Boolean) ?? null;
}

/** Returns the entries of a list of addresses, with or without ports; null for an entry that is not an address. */
function addressesIn(header: string | readonly string[] | undefined): (string | null)[] {
  const entries = [header ?? []].flat().flatMap((line) => line.split(','));
  return entries.map((entry) => {
    const text = entry.trim();
    const bare = /^\[(.*)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
    return isIP(bare) === 0 ? null : plainAddress(bare);
  });
}
