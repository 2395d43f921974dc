import type { LookupAddress } from 'node:dns';
import { describe, expect, it, test } from 'vitest';
import { checkedLookup, checkedWebhookUrl, isAllowedAddress, type Resolve } from '../../src/webhooks/address.js';

const PUBLIC = ['8.8.8.8', '93.184.215.14', '2606:4700:4700::1111', '::ffff:8.8.8.8'];
const PRIVATE = [
  ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '127.0.0.1', '127.9.9.9', '100.64.0.1'],
  ...['::1', 'fc00::1', '::ffff:10.0.0.1', '::ffff:127.0.0.1'],
];
const NEVER = [
  'fd00:ec2::254',
  '100.100.100.200',
  '::ffff:100.100.100.200',
  ...['0.0.0.0', '0.1.2.3', '169.254.169.254', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '192.0.0.8'],
  ...['::', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '64:ff9b::a00:1', '64:ff9b:1::1', '2002:a00:1::1'],
  ...['2001::1', '2001:db8::1', '100::1', '::a00:1', '4000::1', '::ffff:169.254.169.254', 'example.com', ''],
];

describe('addresses', () => {
  test.each(PUBLIC)('%s is allowed', (address) => {
    expect(isAllowedAddress(address, { allowPrivate: false })).toBe(true);
    expect(isAllowedAddress(address, { allowPrivate: true })).toBe(true);
  });
  test.each(PRIVATE)('%s is allowed with WEBHOOK_ALLOW_PRIVATE only', (address) => {
    expect(isAllowedAddress(address, { allowPrivate: false })).toBe(false);
    expect(isAllowedAddress(address, { allowPrivate: true })).toBe(true);
  });
  test.each(NEVER)('%s is refused', (address) => {
    expect(isAllowedAddress(address, { allowPrivate: false })).toBe(false);
    expect(isAllowedAddress(address, { allowPrivate: true })).toBe(false);
  });
});

const resolvesTo = (...addresses: string[]): Resolve => {
  const found = addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 }));
  return (_name, _options, callback) => callback(null, found);
};
const failsWith = (code: string): Resolve => {
  return (_name, _options, callback) => callback(Object.assign(new Error(code), { code }), []);
};

describe('the address of a webhook', () => {
  const save = (url: string, resolve = resolvesTo('8.8.8.8')) =>
    checkedWebhookUrl(url, { allowPrivate: false, resolve });

  it('is normalised', async () => {
    expect(await save('HTTPS://Hooks.Example.com:8443/a?b=c#d')).toBe('https://hooks.example.com:8443/a?b=c');
    expect(await save('http://[2606:4700:4700::1111]/')).toBe('http://[2606:4700:4700::1111]/');
  });

  test.each([
    ...['ftp://example.com', 'example.com', '', 'file:///etc/passwd', `https://example.com/${'a'.repeat(2_000)}`],
    ...['https://user@example.com', 'https://user:secret@example.com'],
    // Spellings of IP addresses.
    ...['http://127.0.0.1', 'http://127.1', 'http://0x7f.1', 'http://2130706433', 'http://017700000001', 'http://0'],
    ...['http://127.0.0.1.', 'http://①②⑦.⓪.⓪.①', 'http://[::1]', 'http://[::ffff:127.0.0.1]', 'http://[fe80::1]'],
    ...['http://169.254.169.254/latest/meta-data', 'http://[64:ff9b::7f00:1]/'],
  ])('%s is refused', async (url) => {
    await expect(save(url)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is refused if its name has any address that is not public', async () => {
    await expect(save('https://a.example', resolvesTo('8.8.8.8', '10.0.0.1'))).rejects.toThrow(
      '`url`: a.example (10.0.0.1) is not a public address.',
    );
    await expect(save('https://a.example', resolvesTo())).rejects.toThrow('not a public address');
    await expect(checkedWebhookUrl('http://169.254.169.254', { allowPrivate: true })).rejects.toThrow(
      '`url`: 169.254.169.254 is a link-local or reserved address, or one of',
    );
    await expect(save('http://localhost:1')).resolves.toBe('http://localhost:1/');
  });

  it('is refused if its name does not exist, but not if it can not be resolved for now', async () => {
    await expect(save('https://a.example', failsWith('ENOTFOUND'))).rejects.toThrow('there is no host a.example');
    expect(await save('https://a.example', failsWith('EAI_AGAIN'))).toBe('https://a.example/');
  });
});

it('connects to the addresses that were checked, in the form that Node asks for', async () => {
  const lookup = checkedLookup({ allowPrivate: false, resolve: resolvesTo('8.8.8.8', '2606:4700::1') });
  const ask = (all: boolean) => new Promise((resolve) => lookup('a.example', { all }, (...answer) => resolve(answer)));
  expect(await ask(false)).toEqual([null, '8.8.8.8', 4]);
  expect(await ask(true)).toEqual([
    null,
    [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ],
  ]);
});
