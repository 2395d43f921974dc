import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { plainAddress } from '../../accounts/address.js';
import type { Network } from '../../config/config.js';

/** Headers that proxies and CDNs add; `x-forwarded-*` is matched as a whole. */
const FORWARDING_HEADERS: ReadonlySet<string> = new Set([
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'x-original-host',
  'x-envoy-external-address',
  'true-client-ip',
  'cdn-loop',
  'cf-connecting-ip',
  'cf-ray',
  'fastly-client-ip',
  'fly-client-ip',
  'x-azure-clientip',
]);

/** Whether a proxy passed the request on. */
export function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => name.startsWith('x-forwarded-') || FORWARDING_HEADERS.has(name));
}

/** Which addresses are proxies whose X-Forwarded-For counts. */
export type IsTrustedProxy = (address: string) => boolean;

export function trustedProxies(networks: readonly Network[]): IsTrustedProxy {
  const list = new BlockList();
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family);
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The client's address behind trusted proxies: each adds the address of its own peer at the right end of
 * X-Forwarded-For, so that the right-most one that is no trusted proxy is the client's. What stands left of it was sent
 * by the client and counts for nothing. Null if the header names no address there.
 */
export function forwardedAddress(headers: IncomingHttpHeaders, isTrusted: IsTrustedProxy): string | null {
  const hops = addressesIn(headers['x-forwarded-for']);
  let client: string | null = null;
  for (const hop of hops.reverse()) {
    if (hop === null) return client;
    client = hop;
    if (!isTrusted(hop)) return client;
  }
  return client;
}

/** What the headers of a proxy that is not trusted report as the client's address; null if none does. */
export function claimedAddress(headers: IncomingHttpHeaders): string | null {
  const forwardedFor = addressesIn(headers['x-forwarded-for']).at(-1);
  if (forwardedFor) return forwardedFor;
  const realIp = addressesIn(headers['x-real-ip']).at(-1);
  if (realIp) return realIp;
  const [, node] = /.*\bfor=("[^"]*"|[^;,\s]*)/i.exec(headers.forwarded ?? '') ?? [];
  return addressesIn(node?.replaceAll('"', '')).at(-1) ?? null;
}

/** The entries of a list of addresses, with or without ports; null in place of what is no address. */
function addressesIn(header: string | readonly string[] | undefined): (string | null)[] {
  const entries = [header ?? []].flat().flatMap((line) => line.split(','));
  return entries.map((entry) => {
    const text = entry.trim();
    const bare = /^\[(.*)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
    return isIP(bare) === 0 ? null : plainAddress(bare);
  });
}
