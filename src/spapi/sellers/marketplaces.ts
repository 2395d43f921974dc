import type { Region } from '../http/endpoints.js';

export interface KnownMarketplace {
  readonly marketplaceId: string;
  /** ISO 3166: GB, not UK. */
  readonly countryCode: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  /** The IANA time zone of Seller Central's days. */
  readonly timeZone: string;
  readonly region: Region;
}

const row = (
  region: Region,
  countryCode: string,
  marketplaceId: string,
  currency: string,
  name: string,
  timeZone: string,
): KnownMarketplace => ({ marketplaceId, countryCode, name, currency, timeZone, region });

/** All documented marketplaces (docs: "Marketplace IDs"); currencies and names as seen in the field. */
export const MARKETPLACES: readonly KnownMarketplace[] = [
  row('NA', 'US', 'ATVPDKIKX0DER', 'USD', 'Amazon.com', 'America/Los_Angeles'),
  row('NA', 'CA', 'A2EUQ1WTGCTBG2', 'CAD', 'Amazon.ca', 'America/Los_Angeles'),
  row('NA', 'MX', 'A1AM78C64UM0Y8', 'MXN', 'Amazon.com.mx', 'America/Mexico_City'),
  row('NA', 'BR', 'A2Q3Y263D00KWC', 'BRL', 'Amazon.com.br', 'America/Sao_Paulo'),
  row('EU', 'IE', 'A28R8C7NBKEWEA', 'EUR', 'Amazon.ie', 'Europe/Dublin'),
  row('EU', 'ES', 'A1RKKUPIHCS9HS', 'EUR', 'Amazon.es', 'Europe/Madrid'),
  row('EU', 'GB', 'A1F83G8C2ARO7P', 'GBP', 'Amazon.co.uk', 'Europe/London'),
  row('EU', 'FR', 'A13V1IB3VIYZZH', 'EUR', 'Amazon.fr', 'Europe/Paris'),
  row('EU', 'BE', 'AMEN7PMS3EDWL', 'EUR', 'Amazon.com.be', 'Europe/Brussels'),
  row('EU', 'NL', 'A1805IZSGTT6HS', 'EUR', 'Amazon.nl', 'Europe/Amsterdam'),
  row('EU', 'DE', 'A1PA6795UKMFR9', 'EUR', 'Amazon.de', 'Europe/Berlin'),
  row('EU', 'IT', 'APJ6JRA9NG5V4', 'EUR', 'Amazon.it', 'Europe/Rome'),
  row('EU', 'SE', 'A2NODRKZP88ZB9', 'SEK', 'Amazon.se', 'Europe/Stockholm'),
  row('EU', 'ZA', 'AE08WJ6YKNBMC', 'ZAR', 'Amazon.co.za', 'Africa/Johannesburg'),
  row('EU', 'PL', 'A1C3SOZRARQ6R3', 'PLN', 'Amazon.pl', 'Europe/Warsaw'),
  row('EU', 'EG', 'ARBP9OOSHTCHU', 'EGP', 'Amazon.eg', 'Africa/Cairo'),
  row('EU', 'TR', 'A33AVAJ2PDY3EV', 'TRY', 'Amazon.com.tr', 'Europe/Istanbul'),
  row('EU', 'SA', 'A17E79C6D8DWNP', 'SAR', 'Amazon.sa', 'Asia/Riyadh'),
  row('EU', 'AE', 'A2VIGQ35RCS4UG', 'AED', 'Amazon.ae', 'Asia/Dubai'),
  row('EU', 'IN', 'A21TJRUUN4KGV', 'INR', 'Amazon.in', 'Asia/Kolkata'),
  row('FE', 'SG', 'A19VAU5U5O7RUS', 'SGD', 'Amazon.sg', 'Asia/Singapore'),
  row('FE', 'AU', 'A39IBJ37TRP1C6', 'AUD', 'Amazon.com.au', 'Australia/Sydney'),
  row('FE', 'JP', 'A1VC38T7YXB528', 'JPY', 'Amazon.co.jp', 'Asia/Tokyo'),
];

const byId = new Map(MARKETPLACES.map((marketplace) => [marketplace.marketplaceId, marketplace]));

/** Returns undefined for undocumented ids, such as those of orders from outside of Amazon. */
export function marketplaceById(marketplaceId: string): KnownMarketplace | undefined {
  return byId.get(marketplaceId);
}

const byName = new Map(MARKETPLACES.map((marketplace) => [marketplace.name.toLowerCase(), marketplace]));

/** Returns the marketplace of a name, which is its domain in any case: `Amazon.de`; undefined if unknown. */
export function marketplaceByName(name: string): KnownMarketplace | undefined {
  return byName.get(name.toLowerCase());
}
