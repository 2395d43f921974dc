import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { nextStepOf } from '../../admin/src/api/problems.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, table = ''] = README.split("**Amazon's side**");
/** The codes of a run or a ping; true for those that only the owner can mend. */
const CODES = [...table.matchAll(/^\| `([A-Z_]+)`( ¹)? \|/gm)].map(
  ([, code = '', note]) => [code, note !== undefined] as const,
);

it('each code of a run that the README has comes with a next step, and with the way to it where that is the owner’s', () => {
  expect(CODES.length).toBeGreaterThan(7);
  for (const [code, owners] of CODES) {
    expect(nextStepOf(code), code).not.toBeNull();
    if (owners || code === 'NO_MARKETPLACES') expect(nextStepOf(code)?.link, code).toBeDefined();
    else expect(nextStepOf(code)?.link, code).toBeUndefined();
  }
});

it('a request that Amazon calls invalid is said to be tried again, and not to come of a marketplace', () => {
  const { advice = '' } = nextStepOf('SP_API_INVALID_INPUT') ?? {};
  expect(advice).toMatch(/next run tries again.*SP_API_ENDPOINT or LWA_ENDPOINT/);
  expect(advice).not.toMatch(/marketplace/);
});
