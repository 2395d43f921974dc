import { COMMIT_AT_LEISURE } from '../../database/commit.js';
import type { Sql } from '../../database/sql.js';
import { COMPARE, type Comparison, compareValues } from '../../mirror/write/compare-orders.js';
import type { OrderRow } from '../../mirror/write/order-rows.js';
import { clearRejectionsSql } from '../../mirror/write/rejected-orders.js';
import { MOVE_VALUES, type Move, moveRunSql, moveValues, NUDGE } from '../../runs/checkpoint.js';
import { ClaimLost } from '../../runs/interruptions.js';

export interface Compared extends Comparison {
  /** Whether the page is done with that. */
  readonly done: boolean;
  /** Of a page that is done: whether the run was asked to stop. */
  readonly cancelRequested: boolean;
}

export interface CompareOptions {
  readonly includeItems: boolean;
  /** When the page is done with that: the run's checkpoint has moved, in the same statement, and nothing is left to do. */
  readonly doneWhen: 'unchanged' | 'always' | 'never';
  /** Whether orders that were read after all are set aside no more. */
  readonly takeBack: boolean;
}

/**
 * What the database would make of these rows. A page of which nothing is new or changed, and any page of a dry run, is
 * done with that one statement. Not within a transaction.
 * @throws {ClaimLost} with nothing written, where the page would be done
 */
export async function comparePage(
  sql: Sql,
  rows: readonly OrderRow[],
  move: Move,
  { includeItems, doneWhen, takeBack }: CompareOptions,
): Promise<Compared> {
  const values = [...compareValues(rows, includeItems), ...moveValues(move), doneWhen, takeBack];
  const [found] = await sql.query<Comparison & { cancelRequested: boolean | null }>(PAGE_SQL, values, {
    prepare: true,
  });
  if (!found) throw new Error('A page was compared without an answer.');
  const done = doneWhen === 'always' || (doneWhen === 'unchanged' && found.places.length === 0);
  if (done && found.cancelRequested === null) throw new ClaimLost();
  return { ...found, done, cancelRequested: found.cancelRequested ?? false };
}

const FIRST_OF_MOVE = 7;
const [doneWhenIs, takesBack] = [`$${FIRST_OF_MOVE + MOVE_VALUES}`, `$${FIRST_OF_MOVE + MOVE_VALUES + 1}`];

const PAGE_SQL = `${COMPARE}, moved AS (
    ${moveRunSql(FIRST_OF_MOVE)}
       AND (${doneWhenIs}::text = 'always' OR (${doneWhenIs} = 'unchanged' AND counted.places = '{}'))
    RETURNING id, cancel_requested
  ), ${clearRejectionsSql('$2::text[]', `${takesBack}::boolean`)}
  SELECT inserted, updated, unchanged, places, moved.cancel_requested AS "cancelRequested",
         CASE WHEN moved.id IS NOT NULL THEN ${NUDGE} END, ${COMMIT_AT_LEISURE}
    FROM counted LEFT JOIN moved ON true`;
