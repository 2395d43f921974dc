import { StartError } from '../core/errors.js';
import type { Place } from './driver/postgres-settings.js';
import { MIGRATION_LOCK } from './migrate.js';
import type { Driver, Sql } from './sql.js';

/** The tables that a server reads and writes; a test compares them with prisma/schema.prisma. */
export const TABLES = [
  'amazon_connection',
  'amazon_credential',
  'amazon_order',
  'amazon_order_item',
  'api_key',
  'audit_log',
  'check_finding',
  'ended_session',
  'known_login',
  'login_attempt',
  'marketplaces',
  'mirrored_product',
  'notification_state',
  'notified_order',
  'order_change',
  'order_count',
  'order_items',
  'order_retention',
  'received_notification',
  'refused_data_set',
  'rejected_order',
  'report_window',
  'sales_asin',
  'sales_channel',
  'sales_day',
  'sales_day_stale',
  'sales_product_day',
  'sales_product_month',
  'sales_sku',
  'sp_api_call',
  'sync_cursor',
  'sync_run',
  'usage_plan',
  'users',
  'webhook',
  'webhook_delivery',
];

const MISSING = `
  WITH tables AS MATERIALIZED (
    SELECT oid, format('%I.%I', current_schema(), relname) AS name FROM pg_class
     WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relname = ANY ($2::text[])
  ), sequences AS MATERIALIZED (
    SELECT s.oid, format('%I.%I', current_schema(), relname) AS name FROM pg_class s JOIN pg_depend ON objid = s.oid
     WHERE relkind = 'S' AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
       AND refobjid IN (SELECT oid FROM tables)
  )
  SELECT ARRAY[
    (SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), $1::name)
      WHERE NOT has_schema_privilege($1::name, current_schema(), 'USAGE')),
    (SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', string_agg(name, ', ' ORDER BY name), $1::name)
       FROM tables
      WHERE NOT (has_table_privilege($1::name, oid, 'SELECT') AND has_table_privilege($1::name, oid, 'INSERT')
                 AND has_table_privilege($1::name, oid, 'UPDATE') AND has_table_privilege($1::name, oid, 'DELETE'))
     HAVING count(*) > 0),
    (SELECT format('GRANT USAGE ON SEQUENCE %s TO %I', string_agg(name, ', ' ORDER BY name), $1::name)
       FROM sequences WHERE NOT has_sequence_privilege($1::name, oid, 'USAGE')
     HAVING count(*) > 0)] AS grants`;

/**
 * Returns the statements that grant the role of DATABASE_URL what a server needs at run time and it lacks; none if it has all.
 * @param owner a session of the role of DATABASE_DIRECT_URL
 * @throws {StartError} if there is no such role
 */
export async function missingRights(owner: Sql, role: string): Promise<string[]> {
  const found = await owner.query('SELECT 1 AS one FROM pg_roles WHERE rolname = $1', [role]);
  if (found.length === 0)
    throw new StartError(
      `The role ${role} of DATABASE_URL does not exist at DATABASE_DIRECT_URL. Both must lead to the same database.`,
    );
  const [missing] = await owner.query<{ grants: (string | null)[] }>(MISSING, [role, TABLES]);
  return missing?.grants.filter((grant) => grant !== null) ?? [];
}

/**
 * Grants a role what a server needs at run time, unless it has it.
 * @param owner a session of the role that owns the tables
 * @throws {StartError} with the statements for an administrator, if the owner may not grant
 */
export async function grantRights(owner: Driver, { server }: Place, role: string): Promise<void> {
  const grants = await missingRights(owner, role);
  if (grants.length === 0) return;
  const grantAll = owner.transaction(async (session) => {
    // Processes that start at the same time grant one after the other.
    await session.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await session.exec(grants.join('; '));
  });
  const reason = await grantAll.then(
    () => null,
    (error) => {
      if (error.code === '42501') return error.message;
      throw error;
    },
  );
  const left = await missingRights(owner, role);
  if (left.length > 0)
    throw new StartError(
      `The role of DATABASE_URL lacks rights in the database at ${server}, and the role of DATABASE_DIRECT_URL may not grant them${reason ? ` (${reason})` : ''}. Let an administrator run: ${left.join('; ')}.`,
    );
}
