import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { UserError } from '../core/errors.js';

/** Resolves a name to all of its addresses; `dns.lookup`, except in tests. */
export type Resolve = (
  name: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface AddressRules {
  /** Whether private networks and this machine may be addressed (WEBHOOK_ALLOW_PRIVATE). */
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve;
}

const MAX_URL_LENGTH = 2_000;
/** Global unicast: everything else is special, or not assigned. */
const GLOBAL_V6 = ipaddr.IPv6.parseCIDR('2000::/3');
const PRIVATE_RANGES: readonly string[] = ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'];
/** Addresses of a cloud's metadata that are in private ranges: of AWS and of Alibaba Cloud. */
const METADATA: readonly string[] = ['fd00:ec2::254', '100.100.100.200'];

/** A webhook's host has an address that requests may not go to. */
export class RefusedAddressError extends Error {
  override readonly name = 'RefusedAddressError';
}

/** Whether requests may go to an IP address: to public ones only, or also to private ones. */
export function isAllowedAddress(address: string, { allowPrivate }: Pick<AddressRules, 'allowPrivate'>): boolean {
  if (!ipaddr.isValid(address)) return false;
  // Also reads the IPv4 address in `::ffff:10.0.0.1`.
  const parsed = ipaddr.process(address);
  if (METADATA.includes(parsed.toString())) return false;
  const range: string = parsed.range();
  if (allowPrivate && PRIVATE_RANGES.includes(range)) return true;
  if (range !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_V6);
}

/**
 * Returns the `lookup` of a connection: it fails if the name has an address that is not allowed, and the connection is made
 * to the addresses that were checked, so that a name which changes in between (DNS rebinding) reaches nothing.
 */
export function checkedLookup({ allowPrivate, resolve = lookup }: AddressRules): LookupFunction {
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refused = addresses.find(({ address }) => !isAllowedAddress(address, { allowPrivate }));
      const [first] = addresses;
      if (refused || !first) return callback(refusal(name, allowPrivate, refused?.address), []);
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** @throws {RefusedAddressError} if the host is an IP address that is not allowed: a connection to one has no lookup */
export function assertAllowedHost({ hostname }: URL, rules: AddressRules): void {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAllowedAddress(host, rules)) throw refusal(host, rules.allowPrivate);
}

/**
 * Checks the address of a webhook that is saved, and resolves its name once.
 * @throws {UserError} BAD_USER_INPUT
 */
export async function checkedWebhookUrl(text: string, rules: AddressRules): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || text.length > MAX_URL_LENGTH) {
    throw new UserError(
      'BAD_USER_INPUT',
      `\`url\` must be an address that starts with https:// (or http://), with at most ${MAX_URL_LENGTH} characters.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UserError(
      'BAD_USER_INPUT',
      '`url` must not have a user or a password: the receiver knows Ordermirror by its signature. Remove them.',
    );
  }
  url.hash = '';
  try {
    assertAllowedHost(url, rules);
    if (isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0) await resolved(url.hostname, rules);
  } catch (error) {
    if (error instanceof RefusedAddressError) throw new UserError('BAD_USER_INPUT', `\`url\`: ${error.message}`);
    if ((error as NodeJS.ErrnoException).code === 'ENOTFOUND') {
      throw new UserError('BAD_USER_INPUT', `\`url\`: there is no host ${url.hostname}. Check how it is spelled.`);
    }
    // A name that can't be resolved now is checked again at each connection.
  }
  return url.href;
}

function resolved(name: string, rules: AddressRules): Promise<void> {
  return new Promise((resolve, reject) => {
    checkedLookup(rules)(name, { all: true }, (error) => (error ? reject(error) : resolve()));
  });
}

function refusal(host: string, allowPrivate: boolean, address?: string): RefusedAddressError {
  const what = address === undefined ? host : `${host} (${address})`;
  return new RefusedAddressError(
    allowPrivate
      ? `${what} is a link-local or reserved address, or one of a cloud's metadata. Webhooks can not go there, also with WEBHOOK_ALLOW_PRIVATE=true.`
      : `${what} is not a public address. Webhooks to private networks and to this machine require WEBHOOK_ALLOW_PRIVATE=true.`,
  );
}
