/** A marketplace, as participations list it (source: Amazon's "Marketplace IDs" page; currency and domain from public tables). */
export interface Marketplace {
  id: string;
  countryCode: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  language: string;
  domain: string;
  /** Roughly how much of the currency is one dollar, so that prices look right. */
  perDollar: number;
  /** True where prices are shown without tax, which then comes as a row of its own. */
  taxAdded: boolean;
}

type Row = [id: string, country: string, currency: string, language: string, domain: string, perDollar: number];

const ROWS: readonly Row[] = [
  ['ATVPDKIKX0DER', 'US', 'USD', 'en_US', 'amazon.com', 1],
  ['A2EUQ1WTGCTBG2', 'CA', 'CAD', 'en_CA', 'amazon.ca', 1.4],
  ['A1AM78C64UM0Y8', 'MX', 'MXN', 'es_MX', 'amazon.com.mx', 18],
  ['A2Q3Y263D00KWC', 'BR', 'BRL', 'pt_BR', 'amazon.com.br', 5.5],
  ['A28R8C7NBKEWEA', 'IE', 'EUR', 'en_IE', 'amazon.ie', 0.9],
  ['A1RKKUPIHCS9HS', 'ES', 'EUR', 'es_ES', 'amazon.es', 0.9],
  ['A1F83G8C2ARO7P', 'GB', 'GBP', 'en_GB', 'amazon.co.uk', 0.8],
  ['A13V1IB3VIYZZH', 'FR', 'EUR', 'fr_FR', 'amazon.fr', 0.9],
  ['AMEN7PMS3EDWL', 'BE', 'EUR', 'fr_BE', 'amazon.com.be', 0.9],
  ['A1805IZSGTT6HS', 'NL', 'EUR', 'nl_NL', 'amazon.nl', 0.9],
  ['A1PA6795UKMFR9', 'DE', 'EUR', 'de_DE', 'amazon.de', 0.9],
  ['APJ6JRA9NG5V4', 'IT', 'EUR', 'it_IT', 'amazon.it', 0.9],
  ['A2NODRKZP88ZB9', 'SE', 'SEK', 'sv_SE', 'amazon.se', 10.5],
  ['AE08WJ6YKNBMC', 'ZA', 'ZAR', 'en_ZA', 'amazon.co.za', 18],
  ['A1C3SOZRARQ6R3', 'PL', 'PLN', 'pl_PL', 'amazon.pl', 4],
  ['ARBP9OOSHTCHU', 'EG', 'EGP', 'ar_AE', 'amazon.eg', 48],
  ['A33AVAJ2PDY3EV', 'TR', 'TRY', 'tr_TR', 'amazon.com.tr', 34],
  ['A17E79C6D8DWNP', 'SA', 'SAR', 'ar_AE', 'amazon.sa', 3.75],
  ['A2VIGQ35RCS4UG', 'AE', 'AED', 'en_AE', 'amazon.ae', 3.67],
  ['A21TJRUUN4KGV', 'IN', 'INR', 'en_IN', 'amazon.in', 84],
  ['A19VAU5U5O7RUS', 'SG', 'SGD', 'en_SG', 'amazon.sg', 1.35],
  ['A39IBJ37TRP1C6', 'AU', 'AUD', 'en_AU', 'amazon.com.au', 1.5],
  ['A1VC38T7YXB528', 'JP', 'JPY', 'ja_JP', 'amazon.co.jp', 150],
];

/** All 23 marketplaces. */
export const MARKETPLACES: readonly Marketplace[] = ROWS.map(
  ([id, countryCode, currency, language, domain, perDollar]) => ({
    id,
    countryCode,
    currency,
    language,
    perDollar,
    name: domain.replace('amazon', 'Amazon'),
    domain: `www.${domain}`,
    taxAdded: countryCode === 'US' || countryCode === 'CA',
  }),
);

/** The United States, Canada and Mexico: the account that the simulator plays by default. */
export const DEFAULT_MARKETPLACE_IDS: readonly string[] = ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2', 'A1AM78C64UM0Y8'];

/** Returns the marketplaces with these ids. @throws {Error} for an unknown id, and for an empty list */
export function marketplacesOf(ids: readonly string[]): [Marketplace, ...Marketplace[]] {
  const [first, ...rest] = ids.map((id) => {
    const found = MARKETPLACES.find((marketplace) => marketplace.id === id);
    if (found === undefined) throw new Error(`unknown marketplace "${id}"`);
    return found;
  });
  if (first === undefined) throw new Error('an account needs at least one marketplace');
  return [first, ...rest];
}
