import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadMoveConfig } from '../../src/config/move-config.js';
import { StartError } from '../../src/core/errors.js';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ordermirror-folder-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const KEYS = { JWT_SECRET: 'x'.repeat(32), ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') };

test('is made with its parents, for this user alone, and taken as it is where it is there', () => {
  const DATA_DIR = join(parent, 'a', 'b');
  expect(loadConfig({ ...KEYS, DATA_DIR }).database).toEqual({ kind: 'pglite', dataDir: DATA_DIR });
  for (const path of [DATA_DIR, join(DATA_DIR, '..')]) expect(statSync(path).mode & 0o777).toBe(0o700);
  mkdirSync(join(parent, 'wide'), { mode: 0o755 });
  symlinkSync(join(parent, 'wide'), join(parent, 'link'));
  loadConfig({ ...KEYS, DATA_DIR: join(parent, 'link') });
  expect(statSync(join(parent, 'wide')).mode & 0o777).toBe(0o755);
});

test('is not made for PostgreSQL, nor where another variable is wrong', () => {
  const DATA_DIR = join(parent, 'data');
  loadConfig({ ...KEYS, DATA_DIR, DATABASE_URL: 'postgresql://127.0.0.1/orders' });
  for (const wrong of [{ PORT: 'x' }, { JWT_SECRET: 'short' }, { ENCRYPTION_KEY: 'short' }])
    expect(() => loadConfig({ DATA_DIR, ...wrong })).toThrow(new RegExp(`^${Object.keys(wrong)[0]}`));
  expect(() => statSync(DATA_DIR)).toThrow(/ENOENT/);
});

describe('one that can not be is refused, with the variable, what it holds and what it may hold:', () => {
  const complaint = (DATA_DIR: string, keys = {}) => {
    try {
      loadConfig({ DATA_DIR, ...keys });
    } catch (error) {
      expect(error).toBeInstanceOf(StartError);
      return (error as StartError).message;
    }
    throw new Error('The folder was accepted.');
  };

  test.each(['a file', 'below a file', 'a dead link'])('%s', (what) => {
    writeFileSync(join(parent, 'a file'), '');
    symlinkSync(join(parent, 'nothing'), join(parent, 'a dead link'));
    const path = join(parent, what === 'below a file' ? 'a file/data' : what);
    for (const keys of [{}, KEYS]) {
      const said = complaint(path, keys);
      expect(said).toMatch(
        /^DATA_DIR holds ".*". It may hold a folder, or a place where this user may make one; .*\.$/,
      );
      expect(said).toContain(`holds ${JSON.stringify(path)}`);
      expect(said).not.toContain('\n');
    }
  });

  test.runIf(process.platform === 'linux')('a place that takes no folder, at once', () => {
    expect(complaint('/proc/ordermirror/data')).toMatch(/^DATA_DIR holds "\/proc\/ordermirror\/data"\. It may hold/);
  });
});

test('a move finds no keys in what is no folder', () => {
  writeFileSync(join(parent, 'file'), '');
  const variables = { DATA_DIR: join(parent, 'file'), DATABASE_URL: 'postgresql://127.0.0.1/orders' };
  expect(loadMoveConfig(variables).kept).toBeNull();
});
