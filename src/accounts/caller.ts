import { isIPv4, isIPv6 } from 'node:net';

/** The client of a request, before it is authenticated. */
export interface Caller {
  /** The client's IP address: the peer's, or the one reported by a proxy in TRUST_PROXY. Null if unknown. */
  readonly address: string | null;
  /**
   * Whether the request came over loopback, for a loopback host, from no other origin and without a proxy's headers. A
   * proxy on this machine without such headers (nginx's bare `proxy_pass`) looks the same: make it send X-Forwarded-For.
   */
  readonly local: boolean;
  /**
   * Set if the request came through a proxy that isn't in TRUST_PROXY. `address` is then the proxy's, shared by all clients
   * behind it. `claimed` is the client's address in the proxy's headers, which can be forged; null if they have none.
   */
  readonly untrustedProxy?: { readonly claimed: string | null } | undefined;
}

/** Normalises an IP address: IPv4-mapped IPv6 (`::ffff:10.0.0.1`) to IPv4, without a zone (`%eth0`). */
export function plainAddress(address: string): string {
  const text = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : text;
}

/** Returns the key of an address for limits: of IPv6 the /64 prefix, since one subscriber has all of it. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const groups = (text: string | undefined) => (text ? text.split(':') : []);
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail)];
  const subnet = all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '').toLowerCase());
  return `${subnet.join(':')}::/64`;
}
