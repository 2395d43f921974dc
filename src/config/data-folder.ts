import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Variable, wrong } from './values.js';

/** Where the embedded database and its keys are kept. */
export function dataFolder(from: Variable): string {
  return resolve(from.value ?? 'data');
}

/** @throws {StartError} where none can be */
export function makeDataFolder(from: Variable): void {
  const path = dataFolder(from);
  try {
    makeFolder(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw wrong(
      { ...from, value: from.value ?? './data' },
      `a folder, or a place where this user may make one; ${path} is neither (${reason})`,
    );
  }
}

/** By hand, since Node's own way of making parents never ends in a folder that takes no others, such as /proc. */
function makeFolder(path: string): void {
  if (!existsSync(dirname(path))) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
