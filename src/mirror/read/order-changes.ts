import { UserError } from '../../core/errors.js';
import { type Bind, bindings, type Sql } from '../../database/database.js';
import type { OrderChange, OrderChangeKind } from '../../generated/prisma/client.js';

/** The place of a change in the order of commits. `at` tells a change from another one with its id, after a restore. */
export type ChangePosition = Pick<OrderChange, 'id' | 'at'>;

export interface ChangesRequest {
  readonly after: ChangePosition | null;
  readonly before: ChangePosition | null;
  readonly limit: number;
  /** The last ones of the range, in the same order. */
  readonly fromEnd: boolean;
  /** Changes of one of these kinds; null: of any. */
  readonly kinds: readonly OrderChangeKind[] | null;
  readonly amazonOrderId: string | null;
}

/** Changes in the order of commits. */
export interface ChangesPage {
  readonly rows: readonly OrderChange[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
  /** The last change that was committed, of any kind and order; null if there is none. */
  readonly head: ChangePosition | null;
}

/** The columns of `order_change` under Prisma's names. */
const COLUMNS = `id, at, kinds::text[] AS kinds, source, order_id AS "orderId", amazon_order_id AS "amazonOrderId",
  marketplace_id AS "marketplaceId", from_status AS "fromStatus", to_status AS "toStatus", changed_fields AS "changedFields"`;

/** Encodes a cursor, opaque to clients. */
export function encodeChangeCursor({ id, at }: ChangePosition): string {
  return Buffer.from(`orderChanges:${id}:${at.getTime()}`).toString('base64url');
}

/** @throws {UserError} BAD_USER_INPUT for a text that is no cursor */
export function decodeChangeCursor(cursor: string): ChangePosition {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const [, id, at] = /^orderChanges:(\d{1,18}):(\d{1,14})$/.exec(text) ?? [];
  if (id !== undefined && at !== undefined) return { id: BigInt(id), at: new Date(Number(at)) };
  throw new UserError(
    'BAD_USER_INPUT',
    'The cursor is not one of `orderChanges`. Use a `cursor` of a change, or one of `pageInfo`.',
  );
}

/**
 * Reads a page of changes with one statement.
 * @throws {UserError} CURSOR_EXPIRED if changes after a cursor are missing: they were deleted (RETENTION_CHANGES_DAYS), or the
 * database was restored from a backup of before
 */
export async function findOrderChanges(sql: Sql, request: ChangesRequest): Promise<ChangesPage> {
  const { after, before, limit, fromEnd } = request;
  const { bind, values } = bindings();
  const conditions = [
    'true',
    ...(after ? [`id > ${bind(after.id)}::bigint`] : []),
    ...(before ? [`id < ${bind(before.id)}::bigint`] : []),
    ...(request.amazonOrderId === null ? [] : [`amazon_order_id = ${bind(request.amazonOrderId)}`]),
    ...(request.kinds ? [kindsCondition(request.kinds, bind)] : []),
  ];
  // The head is a row of its own, so that it is of the same snapshot and there without any other.
  const found = await sql.query<OrderChange & { isHead: boolean }>(
    `WITH head AS MATERIALIZED (SELECT * FROM order_change ORDER BY id DESC LIMIT 1), page AS (
       SELECT * FROM order_change WHERE ${conditions.join(' AND ')}
        ORDER BY id ${fromEnd ? 'DESC' : 'ASC'} LIMIT ${Math.trunc(limit) + 1})
     SELECT ${COLUMNS}, false AS "isHead" FROM page UNION ALL SELECT ${COLUMNS}, true FROM head
      ORDER BY "isHead", id ${fromEnd ? 'DESC' : 'ASC'}`,
    values,
  );
  // After the read: what is there now was there before.
  await assertKept(sql, [after, before]);
  const rows = found.filter(({ isHead }) => !isHead);
  const page = rows.slice(0, limit);
  const hasMore = rows.length > limit;
  return {
    rows: fromEnd ? page.reverse() : page,
    hasNext: fromEnd ? before !== null : hasMore,
    hasPrevious: fromEnd ? hasMore : after !== null,
    head: found.find(({ isHead }) => isHead) ?? null,
  };
}

/** The partial indexes of rare kinds answer the parts of an OR, with the kinds as literals. */
function kindsCondition(kinds: readonly OrderChangeKind[], bind: Bind): string {
  if (kinds.length === 0) return 'false';
  const isCommon = kinds.some((kind) => kind === 'CREATED' || kind === 'STATUS' || kind === 'OTHER');
  if (isCommon) return `kinds && ${bind(kinds)}::text[]::order_change_kind[]`;
  return `(${[...new Set(kinds)].map((kind) => `'${kind}' = ANY (kinds)`).join(' OR ')})`;
}

/** Changes after a position, of all kinds and orders, so that followers share a read. */
export interface NextChanges {
  readonly changes: readonly OrderChange[];
  /** The oldest change that is kept; null if there is none. */
  readonly oldest: bigint | null;
}

/** Reads the next changes in the order of commits. */
export async function readChangesAfter(sql: Sql, after: bigint, limit: number): Promise<NextChanges> {
  const rows = await sql.query<OrderChange & { readonly oldest: bigint | null }>(
    `SELECT ${COLUMNS}, (SELECT min(id) FROM order_change) AS oldest
       FROM order_change WHERE id > $1 ORDER BY id LIMIT ${Math.trunc(limit)}`,
    [after],
    { prepare: true },
  );
  return { changes: rows, oldest: rows[0]?.oldest ?? null };
}

/** Reads the last change that was committed; null if there is none. */
export async function readHead(sql: Sql): Promise<ChangePosition | null> {
  const [head] = await sql.query<ChangePosition>('SELECT id, at FROM order_change ORDER BY id DESC LIMIT 1');
  return head ?? null;
}

/** Reads changes by id, with one statement. Ids without a row are left out. */
export async function readChanges(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, OrderChange>> {
  const rows = await sql.query<OrderChange>(`SELECT ${COLUMNS} FROM order_change WHERE id = ANY ($1::bigint[])`, [
    ids.map(String),
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Checks that all changes after these positions are there. The change at a position is kept as long as they are: deleting
 * old changes leaves the last one of them (mirror/write/delete-old-changes.ts).
 * @throws {UserError} CURSOR_EXPIRED
 */
export async function assertKept(sql: Sql, positions: readonly (ChangePosition | null)[]): Promise<void> {
  const wanted = positions.filter((position) => position !== null);
  if (wanted.length === 0) return;
  const [kept] = await sql.query<{ oldest: bigint | null; found: number }>(
    `SELECT (SELECT min(id) FROM order_change) AS oldest, count(*)::int AS found
       FROM unnest($1::bigint[], $2::timestamptz[]) AS wanted (id, at) JOIN order_change USING (id, at)`,
    [wanted.map(({ id }) => String(id)), wanted.map(({ at }) => at.toISOString())],
  );
  if (kept?.found === wanted.length) return;
  throw wanted.some(({ id }) => kept?.oldest != null && id < kept.oldest) ? expiredCursor() : foreignCursor();
}

export function expiredCursor(): UserError {
  return new UserError(
    'CURSOR_EXPIRED',
    'The cursor is older than the changes that are kept (RETENTION_CHANGES_DAYS). Read the orders that you need again with `orders`, then follow the changes from now on.',
  );
}

function foreignCursor(): UserError {
  return new UserError(
    'CURSOR_EXPIRED',
    'The cursor is of a change that this database does not have: it was restored from an earlier backup, lost it in a fail-over, or is another one. Read the orders that you need again with `orders`, then follow the changes from now on.',
  );
}
