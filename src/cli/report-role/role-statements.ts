import pg from 'pg';
import { REPORT_SCHEMA } from '../../database/report-views.js';

/** The comment of the roles that this program creates; it changes and drops no others. */
export const ROLE_COMMENT = 'Reads the report views of Ordermirror; made by report-role';

/** Set when a role is created. An administrator may change them: they are not set again. */
const SETTINGS = {
  // So that a query finds `orders` without the name of the schema.
  search_path: REPORT_SCHEMA,
  // Rights prevent writing; this is for clients that ask whether a session may write.
  default_transaction_read_only: 'on',
  statement_timeout: '60s',
  // A forgotten transaction would keep old rows from being cleaned up.
  idle_in_transaction_session_timeout: '60s',
  // Compiling a query takes longer than most of them run.
  jit: 'off',
};
/** Dashboards open many sessions; the server needs some, too. */
const MAX_SESSIONS = 20;

/** What the database has of the views and of a role. Names are not quoted. */
export interface ReportState {
  readonly database: string;
  /** The owner of the views, who grants rights on them. */
  readonly owner: string;
  readonly views: readonly string[];
  readonly roleExists: boolean;
  /** Whether every role may connect to the database. */
  readonly isOpen: boolean;
}

/** Returns the statements that create a role, or set the password of an existing one, and grant it the views. */
export function statementsFor(name: string, verifier: string, state: ReportState): string[] {
  const role = pg.escapeIdentifier(name);
  const password = pg.escapeLiteral(verifier);
  const settings = Object.entries(SETTINGS).map(([key, value]) => `ALTER ROLE ${role} SET ${key} = ${literal(value)}`);
  const create = [
    `CREATE ROLE ${role} LOGIN PASSWORD ${password} CONNECTION LIMIT ${MAX_SESSIONS}`,
    `COMMENT ON ROLE ${role} IS ${literal(ROLE_COMMENT)}`,
    ...settings,
  ];
  return [
    ...(state.roleExists ? [`ALTER ROLE ${role} LOGIN PASSWORD ${password}`] : create),
    ...(state.isOpen ? [] : [`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(state.database)} TO ${role}`]),
    ...rights(role, state, 'GRANT', 'TO'),
  ];
}

/** Returns the statements that take all rights from a role and drop it. */
export function statementsToDrop(name: string, state: ReportState): string[] {
  const role = pg.escapeIdentifier(name);
  return [
    ...rights(role, state, 'REVOKE', 'FROM'),
    ...(state.isOpen ? [] : [`REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(state.database)} FROM ${role}`]),
    `DROP ROLE ${role}`,
  ];
}

function rights(role: string, { owner, views }: ReportState, verb: string, preposition: string): string[] {
  const names = views.map((view) => `${REPORT_SCHEMA}.${pg.escapeIdentifier(view)}`).join(', ');
  return [
    `${verb} USAGE ON SCHEMA ${REPORT_SCHEMA} ${preposition} ${role}`,
    `${verb} SELECT ON ${names} ${preposition} ${role}`,
    // Later versions may add views.
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${pg.escapeIdentifier(owner)} IN SCHEMA ${REPORT_SCHEMA} ${verb} SELECT ON TABLES ${preposition} ${role}`,
  ];
}

const literal = (text: string) => pg.escapeLiteral(text);
