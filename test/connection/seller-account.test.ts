import { expect, test } from 'vitest';
import { runsOnSchedule } from '../../src/connection/seller-account.js';

test.each([
  ['PENDING', true],
  ['ACTIVE', true],
  ['ERROR', false],
  ['DISCONNECTED', false],
] as const)('a connection in %s is synced on schedule: %s, with a credential and marketplaces only', (status, runs) => {
  const marketplaceIds = ['ATVPDKIKX0DER'];
  expect(runsOnSchedule({ status, credential: {}, marketplaceIds })).toBe(runs);
  expect(runsOnSchedule({ status, credential: null, marketplaceIds })).toBe(false);
  expect(runsOnSchedule({ status, credential: {}, marketplaceIds: [] })).toBe(false);
});
