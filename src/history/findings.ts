import { instant, text, unnestRows } from '../database/binary-columns.js';
import { bindings, type Sql } from '../database/database.js';
import type { Order } from '../spapi/orders/order.js';
import type { ReportWindow } from './window-store.js';

/** MISSING: not in the mirror. STALE: older in the mirror. UNKNOWN: in the mirror, and not in the report. */
export type FindingKind = 'MISSING' | 'STALE' | 'UNKNOWN';
/** FOUND: to be read by its id. CONFIRMED: the mirror was right. UNRESOLVED: Amazon does not return it. */
export type FindingState = 'FOUND' | 'REPAIRED' | 'CONFIRMED' | 'UNRESOLVED';

export interface Finding {
  readonly amazonOrderId: string;
  readonly kind: FindingKind;
}

/** Compares orders of a report with the mirror, without those that are too old to be kept. Reports have times in whole seconds. */
export async function compareWithMirror(sql: Sql, orders: readonly Order[]): Promise<Finding[]> {
  const { bind, values } = bindings();
  const rows = unnestRows(bind, 'r', orders, {
    id: text((order: Order) => order.orderId),
    purchased: instant((order: Order) => order.createdTime),
    updated: instant((order: Order) => order.lastUpdatedTime),
  });
  return sql.query<Finding>(
    `SELECT r.id AS "amazonOrderId", CASE WHEN o.amazon_order_id IS NULL THEN 'MISSING' ELSE 'STALE' END AS kind
       FROM ${rows} LEFT JOIN (
         SELECT amazon_order_id, max(last_update_date) AS updated FROM amazon_order
          WHERE amazon_order_id = ANY (${bind(orders.map(({ orderId }) => orderId))}::text[]) GROUP BY amazon_order_id
       ) AS o ON o.amazon_order_id = r.id
      WHERE (o.amazon_order_id IS NULL OR o.updated < r.updated)
        AND (r.purchased < (SELECT kept_from FROM order_retention)) IS NOT TRUE`,
    values,
  );
}

/** Returns the mirrored orders that were last updated in the window and are not in its report. */
export async function findUnknown(
  sql: Sql,
  { from, until, marketplaceIds }: Pick<ReportWindow, 'from' | 'until' | 'marketplaceIds'>,
  reported: ReadonlySet<string>,
): Promise<Finding[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT amazon_order_id AS id FROM amazon_order
      WHERE last_update_date >= $1 AND last_update_date < $2 AND marketplace_id = ANY ($3::text[])`,
    [from, until, marketplaceIds],
  );
  return rows.filter(({ id }) => !reported.has(id)).map(({ id }) => ({ amazonOrderId: id, kind: 'UNKNOWN' }));
}

export async function insertFindings(sql: Sql, runId: bigint, findings: readonly Finding[]): Promise<void> {
  await sql.query(
    `INSERT INTO check_finding (run_id, amazon_order_id, kind)
     SELECT $1, id, kind FROM unnest($2::text[], $3::text[]) AS f (id, kind)
     ON CONFLICT (run_id, amazon_order_id) DO NOTHING`,
    [runId, findings.map(({ amazonOrderId }) => amazonOrderId), findings.map(({ kind }) => kind)],
  );
}

/** Returns the findings of a run that are still to be read by their ids. */
export function openFindings(sql: Sql, runId: bigint): Promise<Finding[]> {
  return sql.query<Finding>(
    `SELECT amazon_order_id AS "amazonOrderId", kind FROM check_finding
      WHERE run_id = $1 AND state = 'FOUND' ORDER BY kind, amazon_order_id`,
    [runId],
  );
}

export async function settleFindings(
  sql: Sql,
  runId: bigint,
  settled: readonly { readonly id: string; readonly state: FindingState }[],
): Promise<void> {
  await sql.query(
    `UPDATE check_finding AS f SET state = s.state
       FROM unnest($2::text[], $3::text[]) AS s (id, state) WHERE f.run_id = $1 AND f.amazon_order_id = s.id`,
    [runId, settled.map(({ id }) => id), settled.map(({ state }) => state)],
  );
}
