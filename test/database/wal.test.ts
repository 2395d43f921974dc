import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openPglite } from '../../src/database/driver/pglite.js';

it('#57 the write-ahead log of the embedded database stays below 96 MB when 120 MB are written', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'ordermirror-wal-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const driver = await openPglite({ dataDir });
  onTestFinished(() => driver.close());
  await driver.transaction((session) => session.exec('CREATE TABLE filler (content text)'));
  const content = Array.from({ length: 5_000 }, () => 'x'.repeat(1_000));
  for (let written = 0; written < 120; written += 5)
    await driver.transaction((session) => session.query('INSERT INTO filler SELECT unnest($1::text[])', [content]));
  const segments = readdirSync(join(dataDir, 'pgdata/pg_wal')).filter((name) => /^[0-9A-F]{24}$/.test(name));
  expect(segments.length * 16).toBeLessThan(96);
});
