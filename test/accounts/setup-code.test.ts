import { expect, test } from 'vitest';
import { isSetupCode, setupCodeOf } from '../../src/accounts/setup-code.js';

const code = setupCodeOf('a secret of all the replicas, together');

test('all replicas know the same one, and no other secret gives it', () => {
  expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
  expect(setupCodeOf('a secret of all the replicas, together')).toBe(code);
  expect(setupCodeOf('another secret')).not.toBe(code);
});

test('is taken as people type it', () => {
  expect(isSetupCode(code, code)).toBe(true);
  expect(isSetupCode(` ${code.toLowerCase().replaceAll('-', ' ')} `, code)).toBe(true);
});

test.each([null, undefined, '', '-', 'AAAA-AAAA-AAAA-AAAA', code.slice(0, -1), `${code}A`])('%j is not it', (given) => {
  expect(isSetupCode(given, code)).toBe(false);
});
