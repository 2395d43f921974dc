import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runToItsEnd, startProcess, temporaryFolder } from '../helpers/with-process.js';

describe('a failed start', () => {
  const taken = createServer();
  beforeAll(() => new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise<unknown>((resolve) => taken.close(resolve)));
  const takenPort = () => String((taken.address() as { port: number }).port);

  /** The error line of the failed start. */
  async function complaint(env: Record<string, string>): Promise<string> {
    const { code, output } = await runToItsEnd({ DATA_DIR: temporaryFolder(), SYNC_CRON: 'off', ...env });
    expect(code, output).toBe(1);
    const lines = output
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('{'));
    expect(lines, output).toHaveLength(1);
    return lines[0] ?? '';
  }

  it('names the variable, its value and the valid ones', async () => {
    expect(await complaint({ PORT: 'http' })).toMatch(/PORT.*http.*0.*65535/);
    expect(await complaint({ SP_API_REGION: 'moon' })).toMatch(/SP_API_REGION.*moon.*na.*eu.*fe/i);
    expect(await complaint({ SYNC_CRON: 'every day' })).toMatch(/SYNC_CRON.*every day/);
  });

  it('names invalid keys without showing them', async () => {
    const line = await complaint({ ENCRYPTION_KEY: 'c2hvcnQtc2VjcmV0' });
    expect(line).toMatch(/ENCRYPTION_KEY.*32 bytes/);
    expect(line).not.toContain('c2hvcnQtc2VjcmV0');
    expect(await complaint({ DATABASE_URL: 'postgresql://postgres@127.0.0.1/x' })).toMatch(/JWT_SECRET|ENCRYPTION_KEY/);
  });

  it('names the port that is taken', async () => {
    expect(await complaint({ PORT: takenPort() })).toMatch(
      new RegExp(`Port ${takenPort()} on 127.0.0.1 is in use.*PORT`),
    );
  });

  it('names the PostgreSQL that cannot be reached, without the password', async () => {
    const line = await complaint({
      DATABASE_URL: 'postgresql://app:hunter2@127.0.0.1:1/shop',
      JWT_SECRET: 'x'.repeat(40),
      ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
    });
    expect(line).toMatch(/PostgreSQL at 127.0.0.1:1\/shop can't be used.*ECONNREFUSED.*DATABASE_URL/);
    expect(line).not.toContain('hunter2');
  });

  it('names the process that holds the data folder', async () => {
    const DATA_DIR = temporaryFolder();
    const first = await startProcess({ DATA_DIR });
    expect(await complaint({ DATA_DIR, PORT: '0' })).toContain(`in use by process ${first.pid}`);
  });

  it('names the data folder that has no valid database', async () => {
    const DATA_DIR = temporaryFolder();
    mkdirSync(join(DATA_DIR, 'pgdata'));
    writeFileSync(join(DATA_DIR, 'pgdata', 'PG_VERSION'), '9.1');
    expect(await complaint({ DATA_DIR })).toMatch(/embedded database in .*pgdata can't be opened.*backup/);
  });
});
