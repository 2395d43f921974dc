import { expect, test } from 'vitest';
import { runsOnSchedule } from '../../src/connection/runs-on-schedule.js';

test.each([
  ['PENDING', true],
  ['ACTIVE', true],
  ['ERROR', false],
  ['DISCONNECTED', false],
] as const)('a connection that is %s runs on the schedule: %s, with a credential only', (status, runs) => {
  expect(runsOnSchedule({ status, credential: {} })).toBe(runs);
  expect(runsOnSchedule({ status, credential: null })).toBe(false);
});
