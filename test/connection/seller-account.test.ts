import { expect, test } from 'vitest';
import { runsOnSchedule } from '../../src/connection/seller-account.js';

test.each([
  ['PENDING', true],
  ['ACTIVE', true],
  ['ERROR', false],
  ['DISCONNECTED', false],
] as const)('a connection in %s is synced on schedule: %s, with a credential only', (status, runs) => {
  expect(runsOnSchedule({ status, credential: {} })).toBe(runs);
  expect(runsOnSchedule({ status, credential: null })).toBe(false);
});
