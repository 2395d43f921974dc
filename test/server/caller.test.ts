import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { callerOf, isLoopback } from '../../src/server/caller.js';
import { isFromForeignPage } from '../../src/server/origin.js';

const request = (remoteAddress: string, headers: Record<string, string>) =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage;

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
    // A name of somebody else's that leads to loopback.
    ['127.0.0.1', { host: 'rebound.example:4000' }],
    ['127.0.0.1', { host: '127.0.0.1.evil.example' }],
    ['127.0.0.1', { host: 'localhost:4000', origin: 'https://evil.example' }],
    ['127.0.0.1', { host: 'localhost:4000', origin: 'null' }],
    ['127.0.0.1', { host: 'localhost:4000', 'x-forwarded-for': '203.0.113.7' }],
    ['127.0.0.1', { host: 'localhost:4000', forwarded: 'for=203.0.113.7' }],
    ['127.0.0.1', {}],
  ])('from %s with %j is not', (address, headers) => {
    expect(callerOf(request(address, headers)).local).toBe(false);
  });

  it('has the address of the peer, as IPv4 where it is one', () => {
    expect(callerOf(request('::ffff:10.1.2.3', {})).address).toBe('10.1.2.3');
  });
});

it('knows loopback by name and address', () => {
  for (const name of ['localhost', 'LOCALHOST', 'app.localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]']) {
    expect(isLoopback(name), name).toBe(true);
  }
  for (const name of ['', '0.0.0.0', '::', '128.0.0.1', 'localhost.example', '127.example', '10.0.0.1']) {
    expect(isLoopback(name), name).toBe(false);
  }
});

it('knows a page of another origin', () => {
  const host = 'mirror.example:4000';
  expect(isFromForeignPage(request('', { host }))).toBe(false);
  expect(isFromForeignPage(request('', { host, origin: 'https://mirror.example:4000' }))).toBe(false);
  expect(isFromForeignPage(request('', { host, origin: 'https://mirror.example' }))).toBe(true);
  expect(isFromForeignPage(request('', { host, origin: 'null' }))).toBe(true);
  expect(isFromForeignPage(request('', { host, 'sec-fetch-site': 'cross-site' }))).toBe(true);
});
