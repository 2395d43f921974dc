import { expect, it } from 'vitest';
import { howToRegister } from '../../src/server/http/first-owner.js';

it('logs where to register the first owner, and whether that needs the setup code', () => {
  const onLoopback = howToRegister('http://127.0.0.1:4000', '127.0.0.1', 'AAAA-BBBB');
  expect(onLoopback).toMatch(
    /Open http:\/\/127\.0\.0\.1:4000\/admin in a browser, .*`register`.*AAAA-BBBB; not required/,
  );
  const onAllNetworks = howToRegister('http://localhost:4000', '0.0.0.0', 'AAAA-BBBB');
  expect(onAllNetworks).toMatch(
    /Open http:\/\/localhost:4000\/admin .*`register` to http:\/\/localhost:4000\/graphql, with the setup code AAAA-BBBB/,
  );
  expect(onAllNetworks).not.toMatch(/not required/);
});
