import { MIGRATION_LOCK } from './migrate.js';
import type { TransactionalSql } from './sql.js';

/** The schema of the views that docs/sql.md documents. */
export const REPORT_SCHEMA = 'report';

/** Whether the newest view reads this installation's table: another one in the same database may have created it. */
const EXIST = `
  SELECT EXISTS (
    SELECT FROM pg_class v JOIN pg_rewrite r ON r.ev_class = v.oid
           JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
     WHERE v.relnamespace = to_regnamespace('${REPORT_SCHEMA}') AND v.relname = 'order_changes'
       AND d.refclassid = 'pg_class'::regclass AND d.refobjid = 'order_change'::regclass) AS exist,
    quote_ident(current_user) AS role`;

/**
 * Creates the views of the schema `report` if the migration could not.
 * @returns why they are missing and what to do, or null if they exist
 */
export async function ensureReportViews(owner: TransactionalSql): Promise<string | null> {
  const [state] = await owner.query<{ exist: boolean; role: string }>(EXIST);
  if (!state || state.exist) return null;
  try {
    await owner.transaction(async (sql) => {
      await sql.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      await sql.query('SELECT create_report_views()');
    });
    return null;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const advice = typeof code === 'string' ? adviceOn(code, message, state.role) : null;
    if (advice === null) throw error;
    return `The views for SQL (schema ${REPORT_SCHEMA}) are missing: ${message}. ${advice} Then start Ordermirror again.`;
  }
}

/** The next step for an SQLSTATE; null for one that the function is not expected to return. */
function adviceOn(code: string, message: string, role: string): string | null {
  switch (code) {
    case '42501':
      return /for database/.test(message)
        ? `Let an administrator run: CREATE SCHEMA ${REPORT_SCHEMA} AUTHORIZATION ${role}.`
        : `Let an administrator run: ALTER SCHEMA ${REPORT_SCHEMA} OWNER TO ${role}.`;
    // The classes that the migration tolerates, too.
    case '42P06':
    case '42P07':
    case '42809':
    case '42P16':
      return `Rename the schema that is there (ALTER SCHEMA ${REPORT_SCHEMA} RENAME TO …), or give Ordermirror a database of its own.`;
    default:
      return null;
  }
}
