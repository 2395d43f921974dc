import { expect, it } from 'vitest';
import { MARKETPLACES, marketplaceById } from '../../src/spapi/sellers/marketplaces.js';

it('knows 23 marketplaces, each once, with a zone and a currency that exist', () => {
  expect(new Set(MARKETPLACES.map(({ marketplaceId }) => marketplaceId)).size).toBe(23);
  expect(new Set(MARKETPLACES.map(({ countryCode }) => countryCode)).size).toBe(23);
  const currencies = new Set(Intl.supportedValuesOf('currency'));
  for (const { currency, timeZone } of MARKETPLACES) {
    expect(currencies).toContain(currency);
    // Throws for a zone that there isn't.
    expect(new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone).not.toBe('');
  }
});

it('finds them by id', () => {
  expect(marketplaceById('A1VC38T7YXB528')).toMatchObject({ countryCode: 'JP', currency: 'JPY', region: 'FE' });
  expect(marketplaceById('A38D8NSA03LJTC')).toBeUndefined();
});
