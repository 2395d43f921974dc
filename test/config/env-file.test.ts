import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadEnvFile } from '../../src/config/env-file.js';
import { StartError } from '../../src/core/errors.js';

const NAME = 'ORDERMIRROR_TEST_OF_ENV_FILE';
const KNOWN = ['SP_API_REGION', 'SYNC_CRON', 'LWA_CLIENT_ID'];
let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'ordermirror-env-')), '.env');
});
afterEach(() => {
  rmSync(join(path, '..'), { recursive: true });
  for (const name of [NAME, ...KNOWN]) delete process.env[name];
});

it('takes what the file says, unless the environment says otherwise', () => {
  writeFileSync(path, `${NAME}=file`);
  loadEnvFile(path);
  expect(process.env[NAME]).toBe('file');
  process.env[NAME] = 'environment';
  loadEnvFile(path);
  expect(process.env[NAME]).toBe('environment');
});

it('an empty or blank variable of ours counts as unset, and hides nothing of the file', () => {
  writeFileSync(path, 'SP_API_REGION=eu\nSYNC_CRON=off\nLWA_CLIENT_ID=file');
  Object.assign(process.env, { SP_API_REGION: '', SYNC_CRON: ' ', LWA_CLIENT_ID: 'environment' });
  loadEnvFile(path);
  const { spapi, schedule, lwa } = loadConfig({ ...process.env, DATA_DIR: join(path, '../data') });
  expect([spapi.region, schedule.cron, lwa.clientId]).toEqual(['EU', null, 'environment']);
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
