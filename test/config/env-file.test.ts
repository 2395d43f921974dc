import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadEnvFile } from '../../src/config/env-file.js';
import { StartError } from '../../src/errors.js';

const NAME = 'ORDERMIRROR_TEST_OF_ENV_FILE';
let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'ordermirror-env-')), '.env');
});
afterEach(() => {
  rmSync(join(path, '..'), { recursive: true });
  delete process.env[NAME];
});

it('takes what the file says, unless the environment says otherwise', () => {
  writeFileSync(path, `${NAME}=file`);
  loadEnvFile(path);
  expect(process.env[NAME]).toBe('file');
  process.env[NAME] = 'environment';
  loadEnvFile(path);
  expect(process.env[NAME]).toBe('environment');
});

it('needs no file', () => {
  loadEnvFile(path);
  expect(process.env[NAME]).toBeUndefined();
});

it('says in one line that it can not be read', () => {
  mkdirSync(path);
  expect(() => loadEnvFile(path)).toThrow(StartError);
  expect(() => loadEnvFile(path)).toThrow(/\.env can't be read: .* text file .* move it away\.$/);
});
