import { expect } from 'vitest';
import { tidyDatabase } from '../../src/runs/tidy.js';
import { it } from '../helpers/fixtures.js';

const DAY_MS = 86_400_000;
const logger = { info: () => {} };
const NOW = new Date('2026-03-10T08:00:00Z');
const retention = { ordersMonths: null, changesMs: 400 * DAY_MS, runsMs: 90 * DAY_MS, auditMs: 30 * DAY_MS };

interface RunRow {
  readonly kind?: 'ORDERS' | 'HISTORY' | 'CHECK';
  readonly status?: 'RUNNING' | 'OK' | 'ERROR';
  readonly sweep?: boolean;
  readonly daysAgo: number;
}

it('deletes old runs and entries of the audit log after a run, but none that schedule, history and checks go by', async ({
  database,
}) => {
  const insert = async ({ kind = 'ORDERS', status = 'OK', sweep = false, daysAgo }: RunRow) => {
    const at = new Date(NOW.getTime() - daysAgo * DAY_MS);
    const [row] = await database.query<{ id: bigint }>(
      `INSERT INTO sync_run (kind, status, trigger, dry_run, include_items, started_at, finished_at, updated_after, updated_before,
                             legs, sweep, refused_marketplace_ids)
       VALUES ($1::sync_run_kind, $2::text::sync_run_status, 'SCHEDULE', false, true, $3::timestamptz, CASE WHEN $2 <> 'RUNNING' THEN $3::timestamptz END, $3, $3,
               '[{}]', $4, '{}') RETURNING id`,
      [kind, status, at, sweep],
    );
    return row?.id ?? 0n;
  };
  const lastSweep = await insert({ sweep: true, daysAgo: 200 });
  const lastCheck = await insert({ kind: 'CHECK', daysAgo: 190 });
  await insert({ daysAgo: 180 });
  const findings = await insert({ kind: 'HISTORY', status: 'ERROR', daysAgo: 170 });
  await insert({ status: 'ERROR', daysAgo: 91 });
  const recent = await insert({ status: 'ERROR', daysAgo: 89 });
  const lastOk = await insert({ daysAgo: 88 });
  const lastHistory = await insert({ kind: 'HISTORY', status: 'RUNNING', daysAgo: 100 });
  await database.query(
    `INSERT INTO check_finding (run_id, amazon_order_id, kind) VALUES ($1, '1', 'MISSING'), ($2, '2', 'MISSING')`,
    [findings, lastCheck],
  );
  for (const daysAgo of [31, 29])
    await database.query('INSERT INTO audit_log (at, action) VALUES ($1, $2)', [
      new Date(NOW.getTime() - daysAgo * DAY_MS),
      `${daysAgo} days ago`,
    ]);

  await tidyDatabase(database, { now: NOW, retention, logger });
  const kept = await database.query<{ id: bigint }>('SELECT id FROM sync_run ORDER BY id');
  expect(kept.map(({ id }) => id)).toEqual([lastSweep, lastCheck, recent, lastOk, lastHistory]);
  expect(await database.query('SELECT amazon_order_id AS id FROM check_finding')).toEqual([{ id: '2' }]);
  expect(await database.query('SELECT action FROM audit_log')).toEqual([{ action: '29 days ago' }]);

  // A clock that is ahead by a year.
  await database.query(`INSERT INTO audit_log (at, action) VALUES (now(), 'today')`);
  await database.query(`UPDATE sync_run SET finished_at = now(), started_at = now() WHERE id = $1`, [recent]);
  await tidyDatabase(database, { now: new Date(Date.now() + 365 * DAY_MS), retention, logger });
  expect(await database.query(`SELECT action FROM audit_log WHERE action = 'today'`)).toHaveLength(1);
  expect(await database.query('SELECT id FROM sync_run WHERE id = $1', [recent])).toHaveLength(1);
});
