import { isIP } from 'node:net';
import { type Variable, wrong } from './values.js';

/** An IP network: an address, and how many of its leading bits count. */
export interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly prefix: number;
}

/**
 * A comma-separated list of IP addresses and CIDR ranges (`10.0.0.0/8`), such as `TRUST_PROXY`.
 * @throws {StartError} for anything else, and for a range of all addresses
 */
export function networks(from: Variable): readonly Network[] {
  const parsed = (from.value ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean)
    .map(parseNetwork);
  if (parsed.every((network) => network !== null)) return parsed;
  throw wrong(
    from,
    'addresses and CIDR ranges of your proxies, comma-separated, such as 127.0.0.1,10.0.0.0/8,fd00::/8 (not all addresses: /0)',
  );
}

/** Null for what is no network. */
function parseNetwork(text: string): Network | null {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0 || address.includes('%')) return null;
  const bits = version === 4 ? 32 : 128;
  if (length === undefined) return { address, family: `ipv${version as 4 | 6}`, prefix: bits };
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  return prefix >= 1 && prefix <= bits ? { address, family: `ipv${version as 4 | 6}`, prefix } : null;
}
