import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { loadEnvFile } from '../../src/config/environment.js';
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

it('sets the variables of the file that the environment lacks', () => {
  writeFileSync(path, `${NAME}=file`);
  loadEnvFile(path);
  expect(process.env[NAME]).toBe('file');
  process.env[NAME] = 'environment';
  loadEnvFile(path);
  expect(process.env[NAME]).toBe('environment');
});

it('replaces an empty or blank variable by the one of the file', () => {
  writeFileSync(path, 'SP_API_REGION=eu\nSYNC_CRON=off\nLWA_CLIENT_ID=file');
  Object.assign(process.env, { SP_API_REGION: '', SYNC_CRON: ' ', LWA_CLIENT_ID: 'environment' });
  loadEnvFile(path);
  const { spapi, schedule, lwa } = loadConfig({ ...process.env, DATA_DIR: join(path, '../data') });
  expect([spapi.region, schedule.cron, lwa.clientId]).toEqual(['EU', null, 'environment']);
});

it('does nothing without a file', () => {
  loadEnvFile(path);
  expect(process.env[NAME]).toBeUndefined();
});

it('refuses a file that cannot be read', () => {
  mkdirSync(path);
  expect(() => loadEnvFile(path)).toThrow(StartError);
  expect(() => loadEnvFile(path)).toThrow(/\.env can't be read\. .* text file .* remove it\.$/);
});
