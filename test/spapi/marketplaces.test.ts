import { expect, it } from 'vitest';
import { MARKETPLACES, marketplaceById } from '../../src/spapi/sellers/marketplaces.js';

it('has 23 marketplaces, each once, with an existing time zone and currency', () => {
  expect(new Set(MARKETPLACES.map(({ marketplaceId }) => marketplaceId)).size).toBe(23);
  expect(new Set(MARKETPLACES.map(({ countryCode }) => countryCode)).size).toBe(23);
  const currencies = new Set(Intl.supportedValuesOf('currency'));
  for (const { currency, timeZone } of MARKETPLACES) {
    expect(currencies).toContain(currency);
    // Throws for an unknown zone.
    expect(new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone).not.toBe('');
  }
});

it('finds a marketplace by its id', () => {
  expect(marketplaceById('A1VC38T7YXB528')).toMatchObject({ countryCode: 'JP', currency: 'JPY', region: 'FE' });
  expect(marketplaceById('A38D8NSA03LJTC')).toBeUndefined();
});
