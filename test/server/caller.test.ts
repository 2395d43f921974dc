import type { IncomingMessage } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { createCallerOf, isLoopback } from '../../src/server/http/caller.js';
import { isFromForeignPage } from '../../src/server/http/origin.js';

const request = (remoteAddress: string, headers: Record<string, string>) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

const warn = vi.fn();
const callerOf = createCallerOf({ logger: { warn } });

describe('a caller', () => {
  it.each([
    ['127.0.0.1', { host: 'localhost:4000' }],
    ['::1', { host: '[::1]:4000' }],
    ['::ffff:127.0.0.1', { host: '127.0.0.1' }],
    ['127.0.0.1', { host: 'localhost:4000', origin: 'http://localhost:4000' }],
  ])('from %s with %j is local', (address, headers) => {
    expect(callerOf(request(address, headers)).local).toBe(true);
  });

  it.each([
    ['192.168.1.7', { host: 'localhost:4000' }],
    // A foreign name that resolves to loopback.
    ['127.0.0.1', { host: 'rebound.example:4000' }],
    ['127.0.0.1', { host: '127.0.0.1.evil.example' }],
    ['127.0.0.1', { host: 'localhost:4000', origin: 'https://evil.example' }],
    ['127.0.0.1', { host: 'localhost:4000', origin: 'null' }],
    ['127.0.0.1', { host: 'localhost:4000', 'x-forwarded-for': '203.0.113.7' }],
    ['127.0.0.1', { host: 'localhost:4000', forwarded: 'for=203.0.113.7' }],
    ['127.0.0.1', {}],
  ])('from %s with %j is not local', (address, headers) => {
    expect(callerOf(request(address, headers)).local).toBe(false);
  });

  it('has the address of the peer, as IPv4 if it is mapped', () => {
    expect(callerOf(request('::ffff:10.1.2.3', {})).address).toBe('10.1.2.3');
  });

  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'Forwarded',
    'Via',
    'X-Real-IP',
    'X-Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
  ])('#47 is not local with the proxy header %s', (name) => {
    const headers = { host: 'localhost:4000', [name.toLowerCase()]: '127.0.0.1' };
    expect(callerOf(request('127.0.0.1', headers))).toMatchObject({ local: false, untrustedProxy: {} });
  });
});

describe('#43 TRUST_PROXY', () => {
  const behind = (list: string) => {
    const logger = { warn: vi.fn() };
    const secrets = { JWT_SECRET: 'x'.repeat(32), ENCRYPTION_KEY: Buffer.alloc(32).toString('base64') };
    const { server } = loadConfig({ DATABASE_URL: 'postgresql://a/b', ...secrets, TRUST_PROXY: list });
    return { logger, callerOf: createCallerOf({ trustProxy: server.trustProxy, logger }) };
  };
  const forwarded = (forwardedFor: string) => ({ host: 'localhost', 'x-forwarded-for': forwardedFor });

  it.each([
    ['127.0.0.1', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['127.0.0.1', '127.0.0.1', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
    ['127.0.0.1,10.0.0.0/8', '127.0.0.1', '198.51.100.1, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
    ['10.0.0.0/8', '::ffff:10.1.2.3', '10.9.9.9, 10.8.8.8', '10.9.9.9'],
    ['fd00::/8', 'fd00::1', '2001:db8::7', '2001:db8::7'],
    ['127.0.0.1', '127.0.0.1', '203.0.113.7:4711', '203.0.113.7'],
    ['127.0.0.1', '127.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
  ])('%s: a request from %s for %s has the address %s', (list, peer, forwardedFor, address) => {
    const { callerOf, logger } = behind(list);
    expect(callerOf(request(peer, forwarded(forwardedFor)))).toEqual({ address, local: false });
    expect(logger.warn).not.toHaveBeenCalled();
  });

  it.each(['unknown', '', '203.0.113.7, unknown'])('ignores the header %j', (forwardedFor) => {
    const { callerOf } = behind('127.0.0.1');
    const caller = callerOf(request('127.0.0.1', forwarded(forwardedFor)));
    expect(caller).toMatchObject({ address: '127.0.0.1', local: false, untrustedProxy: { claimed: null } });
  });

  it('ignores the header of another proxy, and warns once', () => {
    const { callerOf, logger } = behind('10.0.0.1');
    for (const address of ['203.0.113.7', '203.0.113.8']) {
      expect(callerOf(request('10.0.0.2', forwarded(address)))).toEqual({
        address: '10.0.0.2',
        local: false,
        untrustedProxy: { claimed: address },
      });
    }
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.warn).toHaveBeenCalledWith({ proxy: '10.0.0.2' }, expect.stringContaining('TRUST_PROXY'));
  });

  it('does not change requests without a proxy', () => {
    const { callerOf } = behind('127.0.0.1');
    expect(callerOf(request('127.0.0.1', { host: 'localhost' }))).toEqual({ address: '127.0.0.1', local: true });
  });
});

it('recognizes loopback by name and address', () => {
  for (const name of ['localhost', 'LOCALHOST', 'app.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]']) {
    expect(isLoopback(name), name).toBe(true);
  }
  for (const name of ['', '0.0.0.0', '::', '128.0.0.1', 'localhost.example', '127.example', '10.0.0.1']) {
    expect(isLoopback(name), name).toBe(false);
  }
});

it('recognizes requests of foreign pages', () => {
  const host = 'mirror.example:4000';
  expect(isFromForeignPage(request('', { host }))).toBe(false);
  expect(isFromForeignPage(request('', { host, origin: 'https://mirror.example:4000' }))).toBe(false);
  expect(isFromForeignPage(request('', { host, origin: 'https://mirror.example' }))).toBe(true);
  expect(isFromForeignPage(request('', { host, origin: 'null' }))).toBe(true);
  expect(isFromForeignPage(request('', { host, 'sec-fetch-site': 'cross-site' }))).toBe(true);
});
