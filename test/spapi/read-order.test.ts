import { describe, expect, it } from 'vitest';
import type { Order } from '../../src/spapi/orders/order.js';
import { isUnreadable, readOrder } from '../../src/spapi/orders/read-order.js';

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
  it('parses the members that the mirror needs, and keeps the raw order', () => {
    expect(read({})).toMatchObject({
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
          itemPrice: usd('99.98'),
          raw: item,
        },
      ],
      notes: [],
      linesInDoubt: false,
      raw: order,
    });
  });

  it('keeps undocumented values', () => {
    const strange = read({ fulfillment: { fulfillmentStatus: 'TELEPORTED', fulfilledBy: 'ROBOTS' } });
    expect(strange).toMatchObject({ fulfillmentStatus: 'TELEPORTED', fulfilledBy: 'ROBOTS' });
  });

  it('accepts an order with the required members only, and null for the others', () => {
    const bare = read({
      salesChannel: { channelName: 'NON_AMAZON' },
      fulfillment: { fulfillmentStatus: 'UNSHIPPED', fulfilledBy: null },
      proceeds: null,
      orderItems: [{ orderItemId: '1', quantityOrdered: 0, product: {} }],
    });
    expect(bare).toMatchObject({ marketplaceId: null, marketplaceName: null, fulfilledBy: null, grandTotal: null });
    expect(bare.items[0]).toMatchObject({ quantityOrdered: 0, sellerSku: null, asin: null, title: null });
    expect(bare.notes).toEqual([]);
  });

  it.each(['0', '0.00', '-0.0'])('reads %s as unknown on a pending order, and literally on a shipped one', (zero) => {
    const amounts = {
      proceeds: { grandTotal: usd(zero) },
      orderItems: [{ ...item, proceeds: { breakdowns: [row('ITEM', zero)] } }],
    };
    const pending = read({ ...amounts, fulfillment: { fulfillmentStatus: 'PENDING' } });
    expect([pending.grandTotal, pending.items[0]?.itemPrice]).toEqual([null, null]);
    expect(read(amounts).grandTotal).toEqual(usd(zero));
    expect(read({ fulfillment: { fulfillmentStatus: 'PENDING' } }).grandTotal).toEqual(usd('100.98'));
  });

  it('adds several ITEM rows exactly, beyond the precision of a JavaScript number', () => {
    const rows = [row('ITEM', '9007199254740993.01'), row('ITEM', '-0.005'), row('SHIPPING', '7'), row('ITEM', '1')];
    expect(withItem({ proceeds: { breakdowns: rows } })?.itemPrice).toEqual(usd('9007199254740994.005'));
    const yen = { type: 'ITEM', subtotal: { amount: '5980', currencyCode: 'JPY' } };
    expect(withItem({ proceeds: { breakdowns: [yen, yen] } })?.itemPrice).toEqual({
      amount: '11960',
      currencyCode: 'JPY',
    });
    expect(withItem({ proceeds: { breakdowns: [row('ITEM', '-1.5'), row('ITEM', '1.45')] } })?.itemPrice).toEqual(
      usd('-0.05'),
    );
  });

  it('reads the price whatever the other rows are, with a note of an unreadable one', () => {
    const other = { type: 'TAX', subtotal: 'n/a' };
    const order = read({ orderItems: [{ ...item, proceeds: { breakdowns: [other, row('ITEM', '5')] } }] });
    expect([order.items[0]?.itemPrice, order.notes]).toEqual([
      usd('5'),
      ['orderItems.0.proceeds.breakdowns.0.subtotal: has another type than object'],
    ]);
  });

  it.each<[string, object, RegExp]>([
    ['a date in words', { createdTime: 'yesterday' }, /createdTime: is not an ISO 8601 instant/],
    ['a day that does not exist', { lastUpdatedTime: '2026-02-30T00:00:00Z' }, /lastUpdatedTime/],
    ['a date without a zone', { lastUpdatedTime: '2026-02-03T00:00:00' }, /lastUpdatedTime/],
    ['a year that PostgreSQL would take', { createdTime: '9999-01-01T00:00:00Z' }, /years 1990 to 2200/],
    ['no id', { orderId: undefined }, /orderId/],
    ['an id as a number', { orderId: 5 }, /orderId/],
    ['an id too long for an index', { orderId: '1'.repeat(5000) }, /200 characters/],
    ['no sales channel', { salesChannel: null }, /salesChannel/],
    ['a sales channel that names nothing', { salesChannel: {} }, /neither channel nor marketplace/],
    ['a marketplace id as a number', { salesChannel: { channelName: 'AMAZON', marketplaceId: 1 } }, /marketplaceId/],
    ['no fulfillment', { fulfillment: undefined }, /Amazon left out fulfillment/],
    ['an item id as a number', { orderItems: [{ ...item, orderItemId: 1e17 }] }, /orderItems.0.orderItemId/],
    ['an item that is null', { orderItems: [item, null] }, /orderItems.1/],
  ])('#30 rejects an order with %s', (_what, change, expected) => {
    expect(reason({ ...order, ...change })).toMatch(expected);
  });

  const mixed = [row('ITEM', '1'), { type: 'ITEM', subtotal: { amount: '1', currencyCode: 'EUR' } }];
  const line = (change: object) => ({ orderItems: [{ ...item, ...change }] });
  const rows = (breakdowns: unknown) => line({ proceeds: { breakdowns } });
  it.each<[string, object, RegExp, object]>([
    ['no status', { fulfillment: {} }, /^fulfillment.fulfillmentStatus: is missing$/, { fulfillmentStatus: null }],
    [
      'a fulfillment that is a text',
      { fulfillment: 'SHIPPED' },
      /^fulfillment: is not an/,
      { fulfillmentStatus: null },
    ],
    ['a channel as a number', { salesChannel: { ...order.salesChannel, channelName: 1 } }, /channelName/, {}],
    [
      'no channel',
      { salesChannel: { marketplaceId: 'ATVPDKIKX0DER' } },
      /channelName: is missing/,
      { channelName: null },
    ],
    [
      'a total as a number',
      { proceeds: { grandTotal: { ...usd('1'), amount: 1.1 } } },
      /^proceeds.grandTotal.amount: /,
      {},
    ],
    ['an empty total', { proceeds: { grandTotal: {} } }, /^proceeds.grandTotal.amount: /, { grandTotal: null }],
    [
      'an amount of 31 digits',
      { proceeds: { grandTotal: usd('1'.repeat(31)) } },
      /at most 30 digits/,
      { grandTotal: null },
    ],
    [
      'an amount of a million digits',
      { proceeds: { grandTotal: usd('1E+999999') } },
      /30 digits/,
      { grandTotal: null },
    ],
    ['an odd currency', { proceeds: { grandTotal: { amount: '1', currencyCode: 'dollars<b>' } } }, /currencyCode/, {}],
    ['proceeds that are a list', { proceeds: [] }, /^proceeds: is not an object$/, { grandTotal: null }],
  ])('#30 reads an order with %s as null, with a note of its path', (_what, change, note, expected) => {
    expect(read(change)).toMatchObject({ ...expected, notes: expect.arrayContaining([expect.stringMatching(note)]) });
    expect(read(change).items).toEqual(read({}).items);
  });

  it.each<[string, object, RegExp, object]>([
    [
      'half a unit',
      line({ quantityOrdered: 0.5 }),
      /^orderItems.0.quantityOrdered: is not a whole/,
      { quantityOrdered: null },
    ],
    [
      'more than 1,000,000 units',
      line({ quantityOrdered: 1_000_001 }),
      /larger than 1,000,000/,
      { quantityOrdered: null },
    ],
    ['less than nothing', line({ quantityOrdered: -1 }), /negative/, { quantityOrdered: null }],
    ['no quantity', line({ quantityOrdered: undefined }), /quantityOrdered: is missing/, { quantityOrdered: null }],
    [
      'a SKU as a number',
      line({ product: { sellerSku: 7 } }),
      /^orderItems.0.product.sellerSku: /,
      { sellerSku: null },
    ],
    [
      'no product',
      line({ product: null }),
      /^orderItems.0.product: is missing/,
      { title: null, itemPrice: usd('99.98') },
    ],
    [
      'an ITEM row without an amount',
      rows([{ type: 'ITEM', subtotal: null }]),
      /0.subtotal: is missing/,
      { itemPrice: null },
    ],
    ['one unreadable ITEM row of two', rows([row('ITEM', '1'), { type: 'ITEM' }]), /1.subtotal/, { itemPrice: null }],
    ['a row without a type', rows([{ subtotal: usd('1') }]), /breakdowns.0.type: is not/, { itemPrice: null }],
    ['rows that are a text', rows('none'), /breakdowns: is not a list/, { itemPrice: null }],
    ['an item in two currencies', rows(mixed), /several currencies/, { itemPrice: null }],
    ['proceeds that are a number', line({ proceeds: 5 }), /^orderItems.0.proceeds: is not an/, { itemPrice: null }],
    [
      'a total without its parts',
      line({ proceeds: { proceedsTotal: usd('9') } }),
      /though there is/,
      { itemPrice: null },
    ],
  ])('#30 reads a line with %s as null, with a note of its path', (_what, change, note, expected) => {
    expect(read(change)).toMatchObject({ grandTotal: usd('100.98'), items: [expected] });
    expect(read(change).notes).toEqual([expect.stringMatching(note)]);
  });

  it('#30 reads amounts with an exponent exactly', () => {
    const order = read({
      proceeds: { grandTotal: usd('1E+3') },
      orderItems: [{ ...item, proceeds: { breakdowns: [row('ITEM', '9007199254740993E-2'), row('ITEM', '1.5e1')] } }],
    });
    expect([order.grandTotal, order.items[0]?.itemPrice, order.notes]).toEqual([
      usd('1000'),
      usd('90071992547424.93'),
      [],
    ]);
  });

  it('#30 reads a repeated line once, and keeps the last of different ones, with a note', () => {
    const twice = read({ orderItems: [item, { ...item }] });
    expect(twice).toMatchObject({ items: [{ quantityOrdered: 2 }], notes: [], linesInDoubt: false });
    const different = read({ orderItems: [item, { ...item, quantityOrdered: 1 }] });
    expect(different).toMatchObject({ items: [{ quantityOrdered: 1 }], linesInDoubt: true });
    expect(different.notes).toEqual([expect.stringMatching(/^orderItems.1: has the id of an earlier line/)]);
  });

  it('#30 notes at most 20 paths, without values', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      orderItemId: `${index}`,
      quantityOrdered: 'PRIVATE',
      product: {},
    }));
    const { notes } = read({ orderItems: many });
    expect(notes).toHaveLength(21);
    expect(notes.at(-1)).toBe('and 10 more');
    expect(notes.join()).not.toContain('PRIVATE');
  });

  it.each([[[]], [undefined], ['none']])('#29 reads orderItems of %j as lines in doubt', (orderItems) => {
    const order = read({ orderItems });
    expect(order).toMatchObject({ items: [], linesInDoubt: true, grandTotal: usd('100.98') });
    expect(order.notes).toEqual([expect.stringMatching(/^orderItems: is /)]);
  });

  describe('#28 the price of a line', () => {
    const pending = { fulfillment: { fulfillmentStatus: 'PENDING' } };
    const free = { proceedsTotal: usd('0.00'), breakdowns: [] };
    const zero = { amount: '0', currencyCode: 'USD' };
    it.each<[string, object, object | null]>([
      ['is 0 for a cancelled line without proceeds', line({ quantityOrdered: 0, proceeds: undefined }), zero],
      ['is 0 for a cancelled line that still has its ITEM row', line({ quantityOrdered: 0 }), zero],
      ['is 0 for a cancelled line of a pending order', { ...line({ quantityOrdered: 0 }), ...pending }, zero],
      ['is 0 when proceeds have no ITEM row', line({ proceeds: free }), zero],
      ['is 0 when proceeds have other rows only', rows([row('SHIPPING', '4.99')]), zero],
      ['is unknown when proceeds are missing', line({ proceeds: undefined }), null],
      ['is unknown when a pending order has no ITEM row', { ...line({ proceeds: free }), ...pending }, null],
      ['is unknown when there is no ITEM row and no status', { ...line({ proceeds: free }), fulfillment: {} }, null],
      ['is unknown when there is no ITEM row and no quantity', line({ proceeds: free, quantityOrdered: null }), null],
    ])('%s', (_what, change, price) => {
      expect(read(change).items[0]?.itemPrice).toEqual(price);
    });

    it('of 0 has the currency of the line, else of the order, else none', () => {
      const euro = { amount: '0', currencyCode: 'EUR' };
      expect(withItem({ proceeds: { proceedsTotal: euro } })?.itemPrice).toEqual(euro);
      expect(withItem({ proceeds: {}, product: { price: { unitPrice: euro } } })?.itemPrice).toEqual(euro);
      expect(withItem({ proceeds: {} })?.itemPrice).toEqual(zero);
      const nowhere = read({ ...line({ proceeds: {} }), proceeds: undefined });
      expect(nowhere.items[0]?.itemPrice).toEqual({ amount: '0', currencyCode: null });
    });
  });

  it.each([
    ['Canceled', 'CANCELLED'],
    ['CANCELED', 'CANCELLED'],
    ['Cancelled', 'CANCELLED'],
    ['Shipped', 'SHIPPED'],
    ['PartiallyShipped', 'PARTIALLY_SHIPPED'],
    ['PendingAvailability', 'PENDING_AVAILABILITY'],
    ['Shipped - Delivered to Buyer', 'SHIPPED'],
    ['Pending - Waiting for Pick Up', 'PENDING'],
    ['Unfulfillable', 'UNFULFILLABLE'],
    ['InvoiceUnconfirmed', 'InvoiceUnconfirmed'],
    ['TELEPORTED', 'TELEPORTED'],
  ])('#33 reads the status %s as %s', (word, status) => {
    expect(read({ fulfillment: { fulfillmentStatus: word } }).fulfillmentStatus).toBe(status);
  });

  it('#33 maps channels and fulfillers of v0 and reports', () => {
    const salesChannel = { ...order.salesChannel, channelName: 'Non-Amazon' };
    const fulfillment = { fulfillmentStatus: 'Pending', fulfilledBy: 'AFN' };
    const proceeds = { grandTotal: usd('0.00') };
    expect(read({ salesChannel, fulfillment, proceeds })).toMatchObject({
      channelName: 'NON_AMAZON',
      fulfilledBy: 'AMAZON',
      grandTotal: null,
    });
  });

  it('names the paths in the reason of an unreadable order, never values', () => {
    const sent = { ...order, createdTime: 'PRIVATE', buyer: { buyerName: 'PRIVATE' } };
    const result = readOrder(sent);
    expect(result).toMatchObject({ amazonOrderId: order.orderId, payload: { orderId: order.orderId } });
    expect(isUnreadable(result) && result.reason).not.toContain('PRIVATE');
    expect(isUnreadable(result) && result.payload).not.toHaveProperty('buyer');
  });

  it.each([null, 7, 'text', [order], true])('returns %o as unreadable', (sent) => {
    expect(readOrder(sent)).toMatchObject({ amazonOrderId: null, reason: 'The order is not a JSON object.' });
  });
});
