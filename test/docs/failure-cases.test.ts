import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const TEST = join(import.meta.dirname, '..');
const LAST_OF_OTHER_SYSTEMS = 25;
const LAST = 61;

interface Row {
  readonly number: number;
  /** Paths below `test/` without the file's ending; a folder ends with a slash. */
  readonly tests: readonly string[];
}

/** The rows of the document's tables that begin with the number of a failure case. */
function rowsOf(document: string): Row[] {
  return document.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const number = Number(/^\d+$/.exec(cells[1] ?? '')?.[0]);
    if (Number.isNaN(number)) return [];
    const named = [...(cells.at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
    return [{ number, tests: number <= LAST_OF_OTHER_SYSTEMS ? ['failure-cases/other-systems', ...named] : named }];
  });
}

/** Returns the test files that a row's path matches. */
function filesOf(path: string): string[] {
  if (path.endsWith('/')) {
    if (!existsSync(join(TEST, path))) return [];
    return readdirSync(join(TEST, path))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(TEST, path, name));
  }
  return ['.test.ts', '.db.test.ts', '.app.test.ts']
    .map((ending) => join(TEST, path + ending))
    .filter((file) => existsSync(file));
}

/** Returns the case numbers at the start of a file's test names: `#53 #54 names a standby …`. */
function casesIn(text: string): Set<number> {
  const names = [...text.matchAll(/(['"`])((?:#\d+ )+)/g)].map(([, , numbers = '']) => numbers);
  return new Set(names.flatMap((numbers) => [...numbers.matchAll(/\d+/g)].map(Number)));
}

describe('the failure cases of docs/reliability.md', () => {
  const rows = rowsOf(readFileSync(join(TEST, '../docs/reliability.md'), 'utf8'));
  const numbers = Array.from({ length: LAST }, (_, index) => index + 1);

  it(`lists each number from 1 to ${LAST}, and no other`, () => {
    const listed = [...new Set(rows.map(({ number }) => number))].sort((a, b) => a - b);
    expect(listed).toEqual(numbers);
  });

  it('names at least one test file in each row, and each of them exists', () => {
    const wrong = rows.flatMap(({ number, tests }) =>
      tests.length === 0
        ? [`${number} names no test`]
        : tests.filter((path) => filesOf(path).length === 0).map((path) => `${number} names ${path}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has, in the files that its rows name, a test whose name begins with each number', () => {
    const untested = numbers.filter((number) => {
      const files = rows.filter((row) => row.number === number).flatMap(({ tests }) => tests.flatMap(filesOf));
      return !files.some((file) => casesIn(readFileSync(file, 'utf8')).has(number));
    });
    expect(untested).toEqual([]);
  });

  it('names, for cases 26 and later, only files with a test of that case', () => {
    const wrong = rows
      .filter(({ number }) => number > LAST_OF_OTHER_SYSTEMS)
      .flatMap(({ number, tests }) =>
        tests
          .filter((path) => !path.endsWith('/'))
          .filter((path) => !filesOf(path).some((file) => casesIn(readFileSync(file, 'utf8')).has(number)))
          .map((path) => `${number} names ${path}`),
      );
    expect(wrong).toEqual([]);
  });
});
