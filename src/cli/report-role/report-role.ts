import { StartError } from '../../core/errors.js';
import { ensureReportViews, REPORT_SCHEMA } from '../../database/report-views.js';
import type { Driver } from '../../database/sql.js';
import { type ReportState, ROLE_COMMENT, statementsFor, statementsToDrop } from './role-statements.js';

/** The database refused the statements; an administrator may run them. */
export class RightsError extends StartError {
  constructor(
    message: string,
    readonly statements: readonly string[],
    options: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ChangedRole {
  readonly change: 'created' | 'updated';
  readonly views: number;
}

/**
 * Creates a role that may log in and read the report views, or sets the password of one that this program created.
 * @param verifier of the password (scramVerifier)
 * @throws {RightsError} if this session may not create roles or grant rights on the views
 * @throws {StartError} if the views are missing, or another role has the name
 */
export async function saveReportRole(driver: Driver, name: string, verifier: string): Promise<ChangedRole> {
  const state = await readState(driver, name);
  await execute(driver, statementsFor(name, verifier, state));
  return { change: state.roleExists ? 'updated' : 'created', views: state.views.length };
}

/**
 * Takes the rights of a role that this program created, in its open sessions too, and drops it.
 * @throws {RightsError} if this session may not drop it
 * @throws {StartError} if there is no such role, or it has rights elsewhere
 */
export async function dropReportRole(driver: Driver, name: string): Promise<void> {
  const state = await readState(driver, name);
  if (!state.roleExists) throw new StartError(`There is no role ${name}. List the roles with \\du in psql.`);
  await execute(driver, statementsToDrop(name, state));
}

interface FoundState extends Omit<ReportState, 'roleExists'> {
  /** Null: there is no such role; empty: it has no comment. */
  readonly comment: string | null;
}

async function readState(driver: Driver, name: string): Promise<ReportState> {
  const [migrated] = await driver.query<{ yes: boolean }>(
    `SELECT to_regprocedure('create_report_views()') IS NOT NULL AS yes`,
  );
  if (!migrated?.yes)
    throw new StartError(
      'The database at DATABASE_URL has no tables of this version of Ordermirror. Start the server on it (ordermirror start), then run this again.',
    );
  const missing = await ensureReportViews(driver);
  if (missing !== null) throw new StartError(missing);
  const [found] = await driver.query<FoundState>(
    `SELECT current_database()::text AS database, pg_get_userbyid(relowner)::text AS owner,
            ARRAY(SELECT relname::text FROM pg_class v
                   WHERE v.relnamespace = o.relnamespace AND v.relkind = 'v' AND v.relowner = o.relowner
                   ORDER BY 1) AS views,
            has_database_privilege('public', current_database(), 'CONNECT') AS "isOpen",
            (SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = $1) AS comment
       FROM pg_class o WHERE o.relnamespace = '${REPORT_SCHEMA}'::regnamespace AND o.relname = 'orders'`,
    [name],
  );
  if (!found) throw new Error(`The view ${REPORT_SCHEMA}.orders has gone.`);
  const { comment, ...state } = found;
  if (comment !== null && comment !== ROLE_COMMENT)
    throw new StartError(`The role ${name} was not created by this program, and stays as it is. Choose another name.`);
  return { ...state, roleExists: comment !== null };
}

async function execute(driver: Driver, statements: readonly string[]): Promise<void> {
  try {
    await driver.transaction((session) => session.exec(statements.join('; ')));
  } catch (error) {
    const { code, message, detail } = error as { code?: string; message: string; detail?: string };
    if (code === '42501')
      throw new RightsError(`Ordermirror's role in this database lacks a right: ${message}.`, statements, {
        cause: error,
      });
    if (code === '2BP01')
      throw new StartError(`${message} (${detail}). Revoke these rights, then drop the role again.`, { cause: error });
    throw error;
  }
}
