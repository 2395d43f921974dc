import { expect, test } from 'vitest';
import { isSetupCode, setupCodeOf } from '../../src/accounts/setup-code.js';

const code = setupCodeOf('a secret of all the replicas, together');

test('is derived from the secret', () => {
  expect(code).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
  expect(setupCodeOf('a secret of all the replicas, together')).toBe(code);
  expect(setupCodeOf('another secret')).not.toBe(code);
});

test('ignores case, spaces and dashes', () => {
  expect(isSetupCode(code, code)).toBe(true);
  expect(isSetupCode(` ${code.toLowerCase().replaceAll('-', ' ')} `, code)).toBe(true);
});

test.each([null, undefined, '', '-', 'AAAA-AAAA-AAAA-AAAA', code.slice(0, -1), `${code}A`])('rejects %j', (given) => {
  expect(isSetupCode(given, code)).toBe(false);
});
