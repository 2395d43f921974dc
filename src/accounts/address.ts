import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as it is compared: IPv4 where it is one written as IPv6 (`::ffff:10.0.0.1`), without a zone (`%eth0`). */
export function plainAddress(address: string): string {
  const text = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : text;
}

/** The part of an address that limits count by. Of IPv6 the first 64 bits: one subscriber has all the rest. */
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
