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

/** Puts the marketplaces that Amazon documents in the table. What Amazon told since stays; so do other rows. */
export async function seedMarketplaces(sql: Sql): Promise<void> {
  // A row without a region was made for an order, by an older version that didn't know the marketplace yet.
  await sql.query(
    `${INSERT}
       country_code = CASE WHEN m.region IS NULL THEN excluded.country_code ELSE m.country_code END,
       name = CASE WHEN m.region IS NULL THEN excluded.name ELSE m.name END,
       currency = coalesce(m.currency, excluded.currency), time_zone = excluded.time_zone, region = excluded.region
     WHERE m.region IS DISTINCT FROM excluded.region OR m.time_zone <> excluded.time_zone OR m.currency IS NULL`,
    [JSON.stringify(MARKETPLACES)],
  );
}

/** Takes over the names, countries and currencies that Amazon tells; of time zones and regions it doesn't speak. */
export async function learnMarketplaces(sql: Sql, participations: readonly Participation[]): Promise<void> {
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
 * The ids without duplicates, if all of them are marketplaces of the region: Amazon answers 403 to any other.
 * @throws {UserError} BAD_USER_INPUT that tells which is not, and which are
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
    `The connection's region is ${region}, but ${wrong.join('; ')}. A refresh token is good in one region only. Marketplaces of ${region}: ${list}.`,
  );
}

function placeOf(id: string): string {
  const known = marketplaceById(id);
  return known ? `(${known.countryCode}) is in ${known.region}` : 'is no marketplace id that Amazon documents';
}

function shortened(id: string): string {
  return JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id);
}
