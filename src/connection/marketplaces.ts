import { UserError } from '../core/errors.js';
import type { Sql } from '../database/sql.js';
import type { SpApiRegion } from '../generated/prisma/client.js';
import { MARKETPLACES, marketplaceById } from '../spapi/sellers/marketplaces.js';
import type { Participation } from '../spapi/sellers/sellers-api.js';

const RECORDSET = `jsonb_to_recordset($1::jsonb) AS given
  ("marketplaceId" text, "countryCode" text, name text, currency text, "timeZone" text, region sp_api_region)`;
const INSERT = `
  INSERT INTO marketplaces AS m (marketplace_id, country_code, name, currency, time_zone, region)
  SELECT "marketplaceId", "countryCode", name, currency, "timeZone", region FROM ${RECORDSET} ORDER BY "marketplaceId"
  ON CONFLICT (marketplace_id) DO UPDATE SET`;

/** Inserts the documented marketplaces. Keeps what Amazon has returned since, and other rows. */
export async function seedMarketplaces(sql: Sql): Promise<void> {
  // A row without a region was inserted for an order, by a version that didn't know the marketplace.
  await sql.query(
    `${INSERT}
       country_code = CASE WHEN m.region IS NULL THEN excluded.country_code ELSE m.country_code END,
       name = CASE WHEN m.region IS NULL THEN excluded.name ELSE m.name END,
       currency = coalesce(m.currency, excluded.currency), time_zone = excluded.time_zone, region = excluded.region
     WHERE m.region IS DISTINCT FROM excluded.region OR m.time_zone <> excluded.time_zone OR m.currency IS NULL`,
    [JSON.stringify(MARKETPLACES)],
  );
}

/** Updates names, countries and currencies from Amazon's answer, which has no time zones and regions. */
export async function updateMarketplaces(sql: Sql, participations: readonly Participation[]): Promise<void> {
  const rows = participations.map(({ marketplaceId, countryCode, name, currency }) => {
    const { timeZone = 'UTC', region = null } = marketplaceById(marketplaceId) ?? {};
    return { marketplaceId, countryCode, name, currency, timeZone, region };
  });
  await sql.query(
    `${INSERT} country_code = excluded.country_code, name = excluded.name, currency = excluded.currency`,
    [JSON.stringify([...new Map(rows.map((row) => [row.marketplaceId, row])).values()])],
  );
}

/**
 * Returns the ids without duplicates. All must be marketplaces of the region, since Amazon answers 403 to others.
 * @throws {UserError} BAD_USER_INPUT with the wrong ids and the valid ones
 */
export function checkedMarketplaceIds(ids: readonly string[], region: SpApiRegion): string[] {
  const unique = [...new Set(ids.map((id) => id.trim()))];
  const wrong = unique
    .filter((id) => marketplaceById(id)?.region !== region)
    .map((id) => `${shortened(id)} ${placeOf(id)}`);
  if (wrong.length === 0) return unique;
  const valid = MARKETPLACES.filter((known) => known.region === region);
  const list = valid.map(({ marketplaceId, countryCode }) => `${marketplaceId} (${countryCode})`).join(', ');
  throw new UserError(
    'BAD_USER_INPUT',
    `The connection's region is ${region}, but ${wrong.join('; ')}. A refresh token is valid in one region only. Marketplaces of ${region}: ${list}.`,
  );
}

function placeOf(id: string): string {
  const known = marketplaceById(id);
  return known ? `(${known.countryCode}) is in ${known.region}` : 'is not a documented marketplace id';
}

function shortened(id: string): string {
  return JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id);
}
