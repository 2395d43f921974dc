import { beforeEach, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { runMaintenance } from '../../src/database/maintenance.js';
import { it } from '../helpers/fixtures.js';
import { databaseKind } from '../helpers/with-database.js';
import { emptyMirror, runToEnd, withEngine, withSimulator } from '../helpers/with-sync.js';

describe('the maintenance of an embedded database', () => {
  let database: Database;
  let statements: string[];
  it.beforeAll(({ database: opened, statements: sent }) => {
    database = opened;
    statements = sent;
  });
  beforeEach(() => emptyMirror(database));
  const sent = () => statements.splice(0).filter((text) => /^(ANALYZE|VACUUM)/.test(text));
  const rows = async () => {
    const [table] = await database.query<{ rows: number }>(
      `SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'audit_log'::regclass`,
    );
    return table?.rows;
  };
  const write = (count: number) =>
    database.query(`INSERT INTO audit_log (action) SELECT 'x' FROM generate_series(1, $1::int)`, [count]);

  it.runIf(databaseKind === 'pglite')('analyzes tables that changed, and no others', async () => {
    await write(1_000);
    sent();
    await runMaintenance(database, { vacuum: false });
    expect(sent()).toContain('ANALYZE audit_log');
    expect(await rows()).toBe(1_000);
    await write(100);
    await runMaintenance(database, { vacuum: false });
    expect(sent()).toEqual([]);
    await write(60);
    await runMaintenance(database, { vacuum: false });
    expect(sent()).toEqual(['ANALYZE audit_log']);
  });

  it.runIf(databaseKind === 'pglite')('vacuums overwritten rows if asked to', async () => {
    await database.query('TRUNCATE audit_log');
    await write(1_000);
    await runMaintenance(database, { vacuum: true });
    await database.query(`UPDATE audit_log SET action = 'y' WHERE id % 2 = 0`);
    sent();
    await runMaintenance(database, { vacuum: false });
    expect(sent()).toEqual(['ANALYZE audit_log']);
    await runMaintenance(database, { vacuum: true });
    expect(sent()).toEqual(['VACUUM (ANALYZE) audit_log']);
    await runMaintenance(database, { vacuum: true });
    expect(sent()).toEqual([]);
  });

  it.runIf(databaseKind === 'pglite')('runs after 5, 10, 20 … pages of a run, and after its end', async () => {
    const simulator = await withSimulator({ orders: 190, maxPerPage: 20 });
    const engine = await withEngine(database, simulator, { settings: { overlapMs: 40 * 24 * 3_600_000 } });
    sent();
    await runToEnd(engine);
    await engine.stop();
    const during = sent().filter((text) => text === 'ANALYZE amazon_order');
    expect(during.length).toBeGreaterThanOrEqual(2);
    expect(during.length).toBeLessThanOrEqual(3);
    for (const order of simulator.book.orders())
      simulator.book.cancel(order.orderId, { at: simulator.now() - 600_000 });
    const again = await withEngine(database, simulator, { settings: { overlapMs: 40 * 24 * 3_600_000 } });
    expect(await runToEnd(again)).toMatchObject({ ordersUpdated: 190 });
    await again.stop();
    expect(sent()).toContain('VACUUM (ANALYZE) amazon_order');
  });

  it.runIf(databaseKind === 'postgres')('does nothing on PostgreSQL', async () => {
    await write(1_000);
    statements.length = 0;
    await runMaintenance(database, { vacuum: true });
    expect(statements).toEqual([]);
  });
});
