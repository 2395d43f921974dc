import { describe, expect, it } from 'vitest';
import { isUnreadable, readOrder } from '../../src/spapi/read-order.js';
import type { Order } from '../../src/spapi/wire.js';

const usd = (amount: string) => ({ amount, currencyCode: 'USD' });
const row = (type: string, amount: string) => ({ type, subtotal: usd(amount) });

const item = {
  orderItemId: '99999999999999999999',
  quantityOrdered: 2,
  product: { sellerSku: 'A/B "c"', asin: 'B000000001', title: 'A thing' },
  proceeds: { breakdowns: [row('TAX', '1.00'), row('ITEM', '99.98')] },
};
const order = {
  orderId: '111-2222222-3333333',
  createdTime: '2026-11-01T10:00:00.123Z',
  lastUpdatedTime: '2026-11-02T10:00:00Z',
  salesChannel: { channelName: 'AMAZON', marketplaceId: 'ATVPDKIKX0DER', marketplaceName: 'Amazon.com' },
  fulfillment: { fulfillmentStatus: 'SHIPPED', fulfilledBy: 'AMAZON' },
  proceeds: { grandTotal: usd('100.98') },
  orderItems: [item],
  addedNextYear: { kept: true },
};

function read(change: object): Order {
  const result = readOrder({ ...order, ...change });
  if (isUnreadable(result)) throw new Error(result.reason);
  return result;
}
const withItem = (change: object) => read({ orderItems: [{ ...item, ...change }] }).items[0];
const reason = (sent: unknown) => {
  const result = readOrder(sent);
  return isUnreadable(result) ? result.reason : 'it was readable';
};

describe('reading an order', () => {
  it('takes what the mirror needs, and keeps all that came', () => {
    expect(read({})).toEqual({
      orderId: '111-2222222-3333333',
      createdTime: new Date('2026-11-01T10:00:00.123Z'),
      lastUpdatedTime: new Date('2026-11-02T10:00:00Z'),
      channelName: 'AMAZON',
      marketplaceId: 'ATVPDKIKX0DER',
      marketplaceName: 'Amazon.com',
      fulfillmentStatus: 'SHIPPED',
      fulfilledBy: 'AMAZON',
      grandTotal: usd('100.98'),
      items: [
        {
          orderItemId: '99999999999999999999',
          quantityOrdered: 2,
          sellerSku: 'A/B "c"',
          asin: 'B000000001',
          title: 'A thing',
          itemSubtotal: usd('99.98'),
          raw: item,
        },
      ],
      raw: order,
    });
  });

  it('takes words that Amazon has not documented as they are', () => {
    const strange = read({ fulfillment: { fulfillmentStatus: 'TELEPORTED', fulfilledBy: 'ROBOTS' } });
    expect(strange).toMatchObject({ fulfillmentStatus: 'TELEPORTED', fulfilledBy: 'ROBOTS' });
  });

  it('is content with the members that the model requires, and with null for the others', () => {
    const bare = read({
      salesChannel: { channelName: 'NON_AMAZON' },
      fulfillment: { fulfillmentStatus: 'UNSHIPPED', fulfilledBy: null },
      proceeds: null,
      orderItems: [{ orderItemId: '1', quantityOrdered: 0, product: {} }],
    });
    expect(bare).toMatchObject({ marketplaceId: null, marketplaceName: null, fulfilledBy: null, grandTotal: null });
    expect(bare.items[0]).toMatchObject({ sellerSku: null, asin: null, title: null, itemSubtotal: null });
  });

  it.each(['0', '0.00', '-0.0'])(
    'takes %s on a pending order for unknown, and on a shipped one for what it says',
    (zero) => {
      const amounts = {
        proceeds: { grandTotal: usd(zero) },
        orderItems: [{ ...item, proceeds: { breakdowns: [row('ITEM', zero)] } }],
      };
      const pending = read({ ...amounts, fulfillment: { fulfillmentStatus: 'PENDING' } });
      expect([pending.grandTotal, pending.items[0]?.itemSubtotal]).toEqual([null, null]);
      expect(read(amounts).grandTotal).toEqual(usd(zero));
      expect(read({ fulfillment: { fulfillmentStatus: 'PENDING' } }).grandTotal).toEqual(usd('100.98'));
    },
  );

  it('adds several ITEM rows up exactly, beyond what a JavaScript number holds', () => {
    const rows = [row('ITEM', '9007199254740993.01'), row('ITEM', '-0.005'), row('SHIPPING', '7'), row('ITEM', '1')];
    expect(withItem({ proceeds: { breakdowns: rows } })?.itemSubtotal).toEqual(usd('9007199254740994.005'));
    const yen = { type: 'ITEM', subtotal: { amount: '5980', currencyCode: 'JPY' } };
    expect(withItem({ proceeds: { breakdowns: [yen, yen] } })?.itemSubtotal).toEqual({
      amount: '11960',
      currencyCode: 'JPY',
    });
    expect(withItem({ proceeds: { breakdowns: [row('ITEM', '-1.5'), row('ITEM', '1.45')] } })?.itemSubtotal).toEqual(
      usd('-0.05'),
    );
  });

  it('does not look into rows that it does not read', () => {
    expect(withItem({ proceeds: { breakdowns: [{ type: 'TAX', subtotal: 'n/a' }] } })?.itemSubtotal).toBeNull();
  });

  const mixed = [row('ITEM', '1'), { type: 'ITEM', subtotal: { amount: '1', currencyCode: 'EUR' } }];
  it.each<[string, object, RegExp]>([
    ['a date in words', { createdTime: 'yesterday' }, /createdTime: is not an ISO 8601 instant/],
    ['a day that does not exist', { lastUpdatedTime: '2026-02-30T00:00:00Z' }, /lastUpdatedTime/],
    ['a date without a zone', { lastUpdatedTime: '2026-02-03T00:00:00' }, /lastUpdatedTime/],
    ['a year that PostgreSQL would take', { createdTime: '9999-01-01T00:00:00Z' }, /years 1990 to 2200/],
    ['no id', { orderId: undefined }, /orderId/],
    ['an id as a number', { orderId: 5 }, /orderId/],
    ['an id too long for an index', { orderId: '1'.repeat(5000) }, /200 characters/],
    ['no sales channel', { salesChannel: null }, /salesChannel/],
    ['no fulfillment', { fulfillment: undefined }, /Amazon left out fulfillment/],
    ['a fulfillment without a status', { fulfillment: {} }, /fulfillmentStatus/],
    ['no items', { orderItems: undefined }, /orderItems/],
    ['an item id as a number', { orderItems: [{ ...item, orderItemId: 1e17 }] }, /orderItems.0.orderItemId/],
    ['half a unit', { orderItems: [{ ...item, quantityOrdered: 0.5 }] }, /quantityOrdered/],
    ['more than an int', { orderItems: [{ ...item, quantityOrdered: 2 ** 31 }] }, /quantityOrdered/],
    ['less than nothing', { orderItems: [{ ...item, quantityOrdered: -1 }] }, /quantityOrdered/],
    ['an item twice', { orderItems: [item, { ...item, quantityOrdered: 1 }] }, /has an id twice/],
    ['an amount as a number', { proceeds: { grandTotal: { amount: 1.1, currencyCode: 'USD' } } }, /grandTotal.amount/],
    ['an amount with an exponent', { proceeds: { grandTotal: usd('1e5') } }, /not a decimal number/],
    ['an amount of 31 digits', { proceeds: { grandTotal: usd('1'.repeat(31)) } }, /30 digits/],
    ['an amount without a currency', { proceeds: { grandTotal: { amount: '1' } } }, /currencyCode/],
    [
      'an ITEM row without an amount',
      { orderItems: [{ ...item, proceeds: { breakdowns: [{ type: 'ITEM' }] } }] },
      /breakdowns.0/,
    ],
    ['an item in two currencies', { orderItems: [{ ...item, proceeds: { breakdowns: mixed } }] }, /several currencies/],
  ])('sets an order with %s aside', (_what, change, complaint) => {
    expect(reason({ ...order, ...change })).toMatch(complaint);
  });

  it('tells where an unreadable order is wrong, never what stands there', () => {
    const sent = { ...order, createdTime: 'PRIVATE', buyer: { buyerName: 'PRIVATE' } };
    const result = readOrder(sent);
    expect(result).toMatchObject({ amazonOrderId: order.orderId, payload: { orderId: order.orderId } });
    expect(isUnreadable(result) && result.reason).not.toContain('PRIVATE');
    expect(isUnreadable(result) && result.payload).not.toHaveProperty('buyer');
  });

  it.each([null, 7, 'text', [order], true])('sets %o aside', (sent) => {
    expect(readOrder(sent)).toMatchObject({ amazonOrderId: null, reason: 'The order is not a JSON object.' });
  });
});
