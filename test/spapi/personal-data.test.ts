import { describe, expect, it } from 'vitest';
import { random } from '../../src/simulator/random.js';
import type { JsonValue } from '../../src/spapi/http/answer.js';
import { withoutPersonalData } from '../../src/spapi/orders/personal-data.js';

/** An order with all kinds of personal data: each value contains the word PRIVATE. */
const order = {
  orderId: '1',
  buyer: { buyerName: 'PRIVATE', buyerEmail: 'PRIVATE@marketplace.amazon.com' },
  recipient: { deliveryAddress: { name: 'PRIVATE', city: 'PRIVATE' } },
  tax: {
    taxRegistrations: [{ registrationNumber: 'PRIVATE' }],
    taxInvoicing: { buyerInvoicePreference: 'BUSINESS', invoiceStatus: 'PROCESSING' },
  },
  payment: {
    paymentExecutions: [
      {
        paymentMethod: 'CreditCard',
        paymentAmount: { amount: '9.90', currencyCode: 'BRL' },
        acquirerId: 'PRIVATE',
        cardBrand: 'PRIVATE',
        authorizationCode: 'PRIVATE',
      },
    ],
  },
  packages: [
    { packageReferenceId: 'p1', shipFromAddress: { name: 'PRIVATE', addressLine1: 'PRIVATE', city: 'Reading' } },
  ],
  fulfillment: {
    fulfillmentStatus: 'SHIPPED',
    returnAddress: { name: 'PRIVATE', postalCode: 'PRIVATE', countryCode: 'DE' },
  },
  orderItems: [
    {
      orderItemId: '11',
      product: {
        sellerSku: 'odd@sku.example',
        title: 'A name tag',
        customization: { customizedUrl: 'PRIVATE', kind: 'x' },
      },
      fulfillment: { packing: { giftOption: { giftMessage: 'PRIVATE', giftWrapLevel: 'Classic' } } },
      cancellation: { cancellationRequest: { requester: 'BUYER', cancelReason: 'PRIVATE' } },
      tax: { taxCalculationBreakdowns: [{ reportingScheme: 'IOSS' }], taxRegistrations: 'PRIVATE' },
      note: 'write to PRIVATE.person+x@mail.example.co.uk, please',
    },
  ],
  later: {
    deep: [
      [{ Buyer_Email: 'PRIVATE', PHONE: 'PRIVATE', cpf: 'PRIVATE', 'PRIVATE@mail.example': 1, companyName: 'PRIVATE' }],
    ],
  },
} satisfies JsonValue;

describe('personal data', () => {
  const kept = withoutPersonalData(order);

  it('is removed at any depth and in any spelling', () => {
    expect(JSON.stringify(kept)).not.toContain('PRIVATE');
  });

  it('leaves everything else unchanged', () => {
    expect(kept).toEqual({
      orderId: '1',
      tax: { taxInvoicing: { buyerInvoicePreference: 'BUSINESS', invoiceStatus: 'PROCESSING' } },
      payment: {
        paymentExecutions: [{ paymentMethod: 'CreditCard', paymentAmount: { amount: '9.90', currencyCode: 'BRL' } }],
      },
      packages: [{ packageReferenceId: 'p1', shipFromAddress: { city: 'Reading' } }],
      fulfillment: { fulfillmentStatus: 'SHIPPED', returnAddress: { countryCode: 'DE' } },
      orderItems: [
        {
          orderItemId: '11',
          product: { sellerSku: 'odd@sku.example', title: 'A name tag', customization: { kind: 'x' } },
          fulfillment: { packing: { giftOption: { giftWrapLevel: 'Classic' } } },
          cancellation: { cancellationRequest: { requester: 'BUYER' } },
          tax: { taxCalculationBreakdowns: [{ reportingScheme: 'IOSS' }] },
          note: 'write to (e-mail address cut), please',
        },
      ],
      later: { deep: [[{ '(e-mail address cut)': 1 }]] },
    });
  });

  it('#35 keeps product titles, SKUs, ids and codes, except in an address', () => {
    const product = {
      title: '50x70@300dpi.print',
      sellerSku: 'a@b.example',
      asin: 'x@y.example',
      serialNumbers: ['s@t.example'],
    };
    const order = {
      orderId: '1',
      salesChannel: { marketplaceName: 'shop@amazon.example' },
      orderItems: [
        { orderItemId: 'i@j.example', product, promotion: { breakdowns: [{ promotionId: '10@off.example' }] } },
      ],
      packages: [{ carrier: 'fast@post.example', trackingNumber: 't@1.example' }],
    };
    expect(withoutPersonalData(order)).toBe(order);
    const others = {
      storeAddress: { title: 'a@b.example' },
      note: 'a@b.example',
      serialNumbers: [{ by: 'a@b.example' }],
    };
    const cut = '(e-mail address cut)';
    expect(withoutPersonalData(others)).toEqual({
      storeAddress: { title: cut },
      note: cut,
      serialNumbers: [{ by: cut }],
    });
  });

  it('does not change its input', () => {
    expect(order.buyer.buyerName).toBe('PRIVATE');
  });

  it('shares unchanged parts with its input', () => {
    const kept = withoutPersonalData({
      clean: { deep: [{ a: 'b' }] },
      dirty: { phone: '1', rest: { a: 1 } },
      list: ['a@b.example'],
    });
    const plain: JsonValue = { clean: { deep: [{ a: 'b' }] }, list: [1, [2, { c: null }]] };
    expect(withoutPersonalData(plain)).toBe(plain);
    expect(kept).toEqual({ clean: { deep: [{ a: 'b' }] }, dirty: { rest: { a: 1 } }, list: ['(e-mail address cut)'] });
  });

  it('keeps the order of the other members', () => {
    const kept = withoutPersonalData({ a: 1, phone: 2, b: 3, 'x@y.example': 4, c: 5, email: 6 });
    expect(JSON.stringify(kept)).toBe('{"a":1,"b":3,"(e-mail address cut)":4,"c":5}');
  });

  it('leaves the other elements of a list', () => {
    const notes = ['first', { phone: 1, name: 'second' }, 'jane@mail.example', 'last'];
    expect(withoutPersonalData({ notes })).toEqual({
      notes: ['first', { name: 'second' }, '(e-mail address cut)', 'last'],
    });
  });

  it('handles a depth of 50,000 and a member called __proto__', () => {
    let deep: JsonValue = 'bottom';
    for (let level = 0; level < 50_000; level += 1) deep = { down: deep };
    expect(JSON.stringify(withoutPersonalData(deep))).toContain('nested too deep');

    const sent = JSON.parse('{"__proto__":{"polluted":1},"orderId":"1"}');
    expect(JSON.stringify(withoutPersonalData(sent))).toBe('{"__proto__":{"polluted":1},"orderId":"1"}');
  });

  it('scans a long text without addresses fast', () => {
    const text = `${'a.'.repeat(200_000)}@`;
    const startedAt = performance.now();
    withoutPersonalData({ text });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('finds the same e-mail addresses as one regular expression', () => {
    const plain = /[^\s@"'<>(),;:]{1,64}@[^\s@"'<>(),;:]{1,255}\.[a-z]{2,63}/gi;
    const dice = random(7);
    const parts = ['a', 'b.de', '@', '.', ' ', '"', 'x'.repeat(70), '.com', 'é', '-', 'c@d.ef'] as const;
    for (let round = 0; round < 3_000; round += 1) {
      const text = Array.from({ length: dice.int(1, 12) }, () => dice.pick(parts)).join('');
      expect(withoutPersonalData({ text })).toEqual({ text: text.replace(plain, '(e-mail address cut)') });
    }
  });

  it('#44 reads 8 MB of near-addresses without blocking for seconds', () => {
    const text = `${'a'.repeat(64)}@${'b'.repeat(255)}`.repeat(25_000);
    const startedAt = performance.now();
    withoutPersonalData({ text });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('keeps only the length of a string in place of an order', () => {
    expect(withoutPersonalData('PRIVATE')).toBe('(a text of 7 characters)');
  });
});
