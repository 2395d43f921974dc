import { expect, it } from 'vitest';
import { type Change, changeDetails, changeTitle } from '../../admin/src/orders/changes.js';

const CHANGE = {
  kinds: [],
  source: 'SYNC',
  fromStatus: 'UNSHIPPED',
  toStatus: 'UNSHIPPED',
  changedFields: [],
} as const;
const words = (change: Partial<Change>) => {
  const whole = { ...CHANGE, ...change };
  return [changeTitle(whole), changeDetails(whole)];
};

it.each<[Partial<Change>, string, string]>([
  [{ kinds: ['CREATED'], fromStatus: null, toStatus: 'PENDING' }, 'New order: Pending', ''],
  [
    { kinds: ['STATUS', 'OTHER'], toStatus: 'SHIPPED', changedFields: ['orderStatus', 'lastUpdateDate', 'packages'] },
    'Shipped',
    'was Unshipped · changed: packages',
  ],
  [
    { kinds: ['STATUS', 'CANCELLED'], toStatus: 'CANCELLED', changedFields: ['orderStatus'] },
    'Cancelled',
    'was Unshipped',
  ],
  [
    { kinds: ['ITEMS', 'PRICE'], changedFields: ['items', 'orderTotal', 'items.tax', 'items.shippingTax'] },
    'Items changed',
    'changed: items, order total, amounts',
  ],
  [{ kinds: ['OTHER'], changedFields: ['lastUpdateDate', 'shipByWindow'] }, 'Time to ship changed', ''],
  [
    { kinds: ['OTHER'], changedFields: ['lastUpdateDate'], source: 'NOTIFICATION' },
    'Updated at Amazon',
    'by notification',
  ],
  [{ kinds: ['OTHER'], toStatus: null }, 'No longer listed under a second marketplace', ''],
])('tells a change in words: %o', (change, title, details) => {
  expect(words(change)).toEqual([title, details]);
});
