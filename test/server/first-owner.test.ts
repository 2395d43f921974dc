import { expect, it } from 'vitest';
import { howToRegister } from '../../src/server/first-owner.js';

it('sends the first owner to where they can register', () => {
  const here = howToRegister('http://127.0.0.1:4000', '127.0.0.1', 'AAAA-BBBB');
  expect(here).toMatch(/`register` in GraphiQL, http:\/\/127\.0\.0\.1:4000\/graphql .*AAAA-BBBB; not asked for/);
  // GraphiQL is off there, and everybody needs the code.
  const open = howToRegister('http://localhost:4000', '0.0.0.0', 'AAAA-BBBB');
  expect(open).toMatch(/`register` at http:\/\/localhost:4000\/graphql, with the setup code AAAA-BBBB/);
  expect(open).not.toMatch(/GraphiQL|not asked/);
});
