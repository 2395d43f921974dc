import { expect, it } from 'vitest';
import { nextStepOf } from '../../admin/src/api/problems.js';
import { LASTING_ERRORS, syncErrorCodes } from '../../src/core/errors.js';

it('has a next step for each error code of a run, with a link where only the owner can solve it', () => {
  for (const code of syncErrorCodes) {
    expect(nextStepOf(code), code).not.toBeNull();
    if (LASTING_ERRORS.has(code) || code === 'NO_MARKETPLACES') expect(nextStepOf(code)?.link, code).toBeDefined();
    else expect(nextStepOf(code)?.link, code).toBeUndefined();
  }
});

it('a request that Amazon calls invalid is said to be tried again, and not to come of a marketplace', () => {
  const { advice = '' } = nextStepOf('SP_API_INVALID_INPUT') ?? {};
  expect(advice).toMatch(/next run tries again.*SP_API_ENDPOINT or LWA_ENDPOINT/);
  expect(advice).not.toMatch(/marketplace/);
});
