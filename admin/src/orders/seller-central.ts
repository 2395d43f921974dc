/** Domains of Amazon's stores by the country of the marketplace: Seller Central has one for each. */
const DOMAINS: Readonly<Record<string, string>> = {
  AE: 'amazon.ae',
  AU: 'amazon.com.au',
  BE: 'amazon.com.be',
  BR: 'amazon.com.br',
  CA: 'amazon.ca',
  DE: 'amazon.de',
  EG: 'amazon.eg',
  ES: 'amazon.es',
  FR: 'amazon.fr',
  GB: 'amazon.co.uk',
  IE: 'amazon.ie',
  IN: 'amazon.in',
  IT: 'amazon.it',
  JP: 'amazon.co.jp',
  MX: 'amazon.com.mx',
  NL: 'amazon.nl',
  PL: 'amazon.pl',
  SA: 'amazon.sa',
  SE: 'amazon.se',
  SG: 'amazon.sg',
  TR: 'amazon.com.tr',
  UK: 'amazon.co.uk',
  US: 'amazon.com',
  ZA: 'amazon.co.za',
};

/** Returns the address of an order in Seller Central of its marketplace; null for a country that has none. */
export function sellerCentralUrl(amazonOrderId: string, countryCode: string): string | null {
  const domain = DOMAINS[countryCode];
  return domain ? `https://sellercentral.${domain}/orders-v3/order/${encodeURIComponent(amazonOrderId)}` : null;
}
