import { expect, it } from 'vitest';
import { howToRegister } from '../../src/server/http/first-owner.js';

it('sends the first owner to where they can register', () => {
  const here = howToRegister('http://127.0.0.1:4000', '127.0.0.1', 'AAAA-BBBB');
  expect(here).toMatch(/open http:\/\/127\.0\.0\.1:4000\/admin in a browser, .*`register`.*AAAA-BBBB; not asked for/);
  // There everybody needs the code.
  const open = howToRegister('http://localhost:4000', '0.0.0.0', 'AAAA-BBBB');
  expect(open).toMatch(
    /open http:\/\/localhost:4000\/admin .*`register` at http:\/\/localhost:4000\/graphql, with the setup code AAAA-BBBB/,
  );
  expect(open).not.toMatch(/not asked/);
});
