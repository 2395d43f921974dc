import { describe, expect, it } from 'vitest';
import type { Order } from '../../src/spapi/orders/order.js';
import type { UnreadableOrder } from '../../src/spapi/orders/order-source.js';
import { OrderElements } from '../../src/spapi/reports/report-elements.js';
import { readReportOrder } from '../../src/spapi/reports/report-order.js';
import { XmlReader } from '../../src/spapi/reports/xml-reader.js';

const ORDER = {
  AmazonOrderID: '111-2222222-3333333',
  MerchantOrderID: '111-2222222-3333333',
  PurchaseDate: '2026-09-01T12:34:56+00:00',
  LastUpdatedDate: '2026-09-02T12:34:56+00:00',
  OrderStatus: 'Shipped',
  SalesChannel: 'Amazon.com',
};
const ITEM = '<AmazonOrderItemCode>1</AmazonOrderItemCode><SKU>S</SKU><Quantity>2</Quantity>';

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** An order with these members in place of the usual ones, and more XML. */
function order(members: Partial<Record<keyof typeof ORDER, string>> = {}, more = ''): string {
  const all = Object.entries({ ...ORDER, ...members });
  return element('Order', all.map(([name, text]) => element(name, text)).join('') + more);
}

function priced(...components: readonly [type: string, amount: string, currency?: string][]): string {
  const xml = components.map(
    ([type, amount, currency = 'USD']) =>
      `<Component><Type>${type}</Type><Amount currency="${currency}">${amount}</Amount></Component>`,
  );
  return element('ItemPrice', xml.join(''));
}

function item(more: string, members = ITEM): string {
  return element('OrderItem', members + more);
}

function readAll(xml: string): (Order | UnreadableOrder)[] {
  const elements = new OrderElements();
  new XmlReader(elements).write(xml);
  return elements.take().map(readReportOrder);
}

function read(xml: string): Order {
  const [first] = readAll(xml);
  if (first === undefined || 'reason' in first) throw new Error(JSON.stringify(first));
  return first;
}

describe('the status of a report', () => {
  it.each([
    ['Pending', 'PENDING'],
    ['PendingAvailability', 'PENDING_AVAILABILITY'],
    ['pending availability', 'PENDING_AVAILABILITY'],
    ['Unshipped', 'UNSHIPPED'],
    ['PartiallyShipped', 'PARTIALLY_SHIPPED'],
    ['Partially Shipped', 'PARTIALLY_SHIPPED'],
    ['Shipping', 'PARTIALLY_SHIPPED'],
    ['Shipped', 'SHIPPED'],
    ['Shipped - Delivered to Buyer', 'SHIPPED'],
    ['Cancelled', 'CANCELLED'],
    ['Canceled', 'CANCELLED'],
    ['Unfulfillable', 'UNFULFILLABLE'],
    ['InvoiceUnconfirmed', 'INVOICE_UNCONFIRMED'],
    ['Waiting for stock', 'WAITING_FOR_STOCK'],
    ['ON_HOLD', 'ON_HOLD'],
  ])('%s is %s', (word, status) => {
    expect(read(order({ OrderStatus: word }, item(''))).fulfillmentStatus).toBe(status);
  });

  it('is null with a note if it is missing', () => {
    const without = read(order().replace(/<OrderStatus>.*<\/OrderStatus>/, ''));
    expect(without.fulfillmentStatus).toBeNull();
    expect(without.notes).toContain('fulfillment.fulfillmentStatus: is missing');
  });
});

describe('the sales channel of a report', () => {
  it.each([
    ['Amazon.com', 'AMAZON', 'ATVPDKIKX0DER', 'Amazon.com'],
    ['amazon.CO.UK', 'AMAZON', 'A1F83G8C2ARO7P', 'Amazon.co.uk'],
    ['Amazon.co.jp', 'AMAZON', 'A1VC38T7YXB528', 'Amazon.co.jp'],
    ['Amazon.cl', 'AMAZON', null, 'Amazon.cl'],
    ['Non-Amazon', 'NON_AMAZON', null, 'Non-Amazon'],
    ['Non-Amazon US', 'NON_AMAZON', null, 'Non-Amazon US'],
    ['SI CA Prod Marketplace', 'SI CA Prod Marketplace', null, 'SI CA Prod Marketplace'],
  ])('%s is %s with marketplace %s', (word, channelName, marketplaceId, marketplaceName) => {
    expect(read(order({ SalesChannel: word }))).toMatchObject({ channelName, marketplaceId, marketplaceName });
  });
});

describe('an order of a report', () => {
  it('has ids, dates, fulfillment, programs and the order that it replaces', () => {
    const xml = order(
      { MerchantOrderID: 'SHOP 7/A' },
      `<FulfillmentData><FulfillmentChannel>Merchant</FulfillmentChannel>
         <ShipServiceLevel>SecondDay</ShipServiceLevel></FulfillmentData>
       <IsBusinessOrder>true</IsBusinessOrder><IsIba>TRUE</IsIba><IsPrime>false</IsPrime>
       <IsReplacementOrder>true</IsReplacementOrder><OriginalOrderID>111-1</OriginalOrderID>
       <FutureField><Word>unknown</Word></FutureField>`,
    );
    const replacement = read(xml);
    expect(replacement).toMatchObject({
      orderId: '111-2222222-3333333',
      sellerOrderId: 'SHOP 7/A',
      createdTime: new Date('2026-09-01T12:34:56Z'),
      lastUpdatedTime: new Date('2026-09-02T12:34:56Z'),
      fulfilledBy: 'MERCHANT',
      fulfillmentServiceLevel: 'SECOND_DAY',
      programs: ['AMAZON_BUSINESS', 'INVOICE_BY_AMAZON'],
      notes: expect.not.arrayContaining([expect.stringContaining('FutureField')]),
    });
    expect(replacement.raw.associatedOrders).toEqual([
      { orderId: '111-1', associationType: 'REPLACEMENT_ORIGINAL_ID' },
    ]);
  });

  it.each([
    ['AFN', 'AMAZON'],
    ['Amazon', 'AMAZON'],
    ['MFN', 'MERCHANT'],
    ['PartnerNetwork', 'PARTNER_NETWORK'],
  ])('fulfilled by %s is by %s', (word, fulfilledBy) => {
    const data = element('FulfillmentData', element('FulfillmentChannel', word));
    expect(read(order({}, data)).fulfilledBy).toBe(fulfilledBy);
  });

  it('that was exchanged names the original order', () => {
    const more = '<IsExchangeOrder>true</IsExchangeOrder><OriginalOrderID>111-1</OriginalOrderID>';
    expect(read(order({}, more)).raw.associatedOrders).toEqual([
      { orderId: '111-1', associationType: 'EXCHANGE_ORIGINAL_ID' },
    ]);
  });

  it('has no seller order id if Amazon repeats its own', () => {
    expect(read(order()).raw).not.toHaveProperty('orderAliases');
  });

  it('contains no personal data, not even before the API reader cuts it', () => {
    const secret = (name: string) => element(name, `${name}-SECRET`);
    const address = ['City', 'State', 'PostalCode', 'Country', 'Name', 'AddressFieldOne'].map(secret).join('');
    const personal = ['PurchaseOrderNumber', 'cpf', 'BuyerName', 'BuyerEmailAddress', 'PaymentMethodDetails'];
    const more = element('FulfillmentData', element('Address', address)) + personal.map(secret).join('');
    expect(JSON.stringify(read(order({}, more + item(secret('GiftMessage')))))).not.toContain('SECRET');
  });

  it('without a valid date is rejected with its id, to be read from the API', () => {
    expect(readAll(order({ PurchaseDate: 'yesterday' }, item('')))).toEqual([
      {
        amazonOrderId: '111-2222222-3333333',
        reason: 'createdTime: is not an ISO 8601 instant',
        payload: expect.objectContaining({ orderId: '111-2222222-3333333' }),
        isIncomplete: true,
      },
    ]);
  });

  it.each([
    ['without an id', order({ AmazonOrderID: '' }, item('')), null],
    ['with an item without an id', order({}, item('', '<Quantity>1</Quantity>')), '111-2222222-3333333'],
    ['without a sales channel', order({ SalesChannel: '' }, item('')), '111-2222222-3333333'],
  ])('%s is rejected', (_name, xml, amazonOrderId) => {
    expect(readAll(xml)).toEqual([expect.objectContaining({ amazonOrderId, reason: expect.any(String) })]);
  });

  it('of malformed XML is rejected, and only that one', () => {
    const broken = order({ AmazonOrderID: 'BROKEN' }, '<IsIba>true</IsBia>');
    const orders = readAll(element('E', [order(), broken, order({ AmazonOrderID: 'LAST' })].join('')));
    expect(orders.map((each) => ('reason' in each ? [each.amazonOrderId, each.reason] : each.orderId))).toEqual([
      '111-2222222-3333333',
      ['BROKEN', 'The order is malformed XML.'],
      'LAST',
    ]);
  });

  it('that was not closed ends at the next one', () => {
    const unclosed = order({ AmazonOrderID: 'BROKEN' }).replace('</Order>', '');
    const orders = readAll(element('E', `<M>${unclosed}${element('M', order())}`));
    expect(orders).toEqual([
      expect.objectContaining({ amazonOrderId: 'BROKEN', reason: 'The order is malformed XML.' }),
      expect.objectContaining({ orderId: '111-2222222-3333333' }),
    ]);
  });
});

describe('an item of a report', () => {
  it('has its product, quantity, promotions, programs and cancellation', () => {
    const members = `<AmazonOrderItemCode>40712345678901</AmazonOrderItemCode><ASIN>B0SIM00001</ASIN>
      <SKU> a "b" </SKU><ItemStatus>Shipped</ItemStatus><ProductName>Mug 50x70@300dpi.print &amp; saucer </ProductName>
      <Quantity>3</Quantity><NumberOfItems>12</NumberOfItems><PriceDesignation>BusinessPrice</PriceDesignation>
      <Promotion><PromotionIDs>US Core Free Shipping, 15-OFF</PromotionIDs></Promotion>
      <Promotion><PromotionIDs>2 for 1</PromotionIDs></Promotion>
      <TaxCollectionModel>MarketplaceFacilitator</TaxCollectionModel>
      <IsTransparency>true</IsTransparency><IsBuyerRequestedCancellation>true</IsBuyerRequestedCancellation>`;
    const [first] = read(order({}, item('', members))).items;
    expect(first).toMatchObject({
      orderItemId: '40712345678901',
      asin: 'B0SIM00001',
      sellerSku: ' a "b" ',
      title: 'Mug 50x70@300dpi.print & saucer ',
      // NumberOfItems is the number of pieces in one unit.
      quantityOrdered: 3,
      priceDesignation: 'BUSINESS_PRICE',
      promotionIds: ['US Core Free Shipping', '15-OFF', '2 for 1'],
      programs: ['TRANSPARENCY'],
      cancellationRequester: 'BUYER',
    });
    expect(first?.raw.tax).toEqual({ taxCollections: [{ model: 'MARKETPLACE_FACILITATOR' }] });
  });

  it('keeps an identical second line with another id', () => {
    const two = [1, 2].map((id) => item(priced(['Principal', '5.00']), ITEM.replace('>1<', `>${id}<`))).join('');
    expect(read(order({}, two))).toMatchObject({
      grandTotal: { amount: '10.00', currencyCode: 'USD' },
      items: [{ orderItemId: '1' }, { orderItemId: '2' }],
    });
  });

  it.each(['two', '-1', '1.5', ''])('has no quantity if it is "%s"', (quantity) => {
    const one = read(order({}, item('', ITEM.replace('>2<', `>${quantity}<`))));
    expect(one).toMatchObject({ linesInDoubt: true, items: [{ quantityOrdered: null }] });
    expect(one.notes).toEqual([expect.stringMatching(/^orderItems\.0\.quantityOrdered: /)]);
  });
});

describe('the amounts of a report', () => {
  const all = priced(
    ['Principal', '20.00'],
    ['Tax', '1.65'],
    ['Shipping', '4.99'],
    ['ShippingTax', '0.41'],
    ['GiftWrap', '3.00'],
    ['GiftWrapTax', '0.25'],
    ['COD', '2.00'],
  );
  const discounts = `<Promotion><ItemPromotionDiscount>3.00</ItemPromotionDiscount>
    <ShipPromotionDiscount>-4.99</ShipPromotionDiscount></Promotion>`;

  it('are rows by type and subtype, and their exact sum', () => {
    const one = read(order({}, item(all + discounts)));
    expect(one.items[0]).toMatchObject({
      itemPrice: { amount: '20.00', currencyCode: 'USD' },
      amounts: {
        isComplete: true,
        currencyCode: 'USD',
        proceedsTotal: '24.31',
        tax: '2.31',
        itemTax: '1.65',
        shippingPrice: '4.99',
        shippingTax: '0.41',
        giftWrapPrice: '3.00',
        giftWrapTax: '0.25',
        discount: '7.99',
        itemDiscount: '3.00',
        shippingDiscount: '4.99',
        codFee: '2.00',
      },
    });
    expect(one.grandTotal).toEqual({ amount: '24.31', currencyCode: 'USD' });
    const breakdowns = (one.raw.proceeds as { breakdowns: unknown }).breakdowns;
    expect(breakdowns).toEqual([
      { type: 'ITEM', subtotal: { amount: '20.00', currencyCode: 'USD' } },
      { type: 'SHIPPING', subtotal: { amount: '4.99', currencyCode: 'USD' } },
      { type: 'GIFT_WRAP', subtotal: { amount: '3.00', currencyCode: 'USD' } },
      { type: 'COD_FEE', subtotal: { amount: '2.00', currencyCode: 'USD' } },
      { type: 'TAX', subtotal: { amount: '2.31', currencyCode: 'USD' } },
      { type: 'DISCOUNT', subtotal: { amount: '-7.99', currencyCode: 'USD' } },
    ]);
    expect(one.notes).toEqual([]);
  });

  it('are unknown, never 0, while an item has no price', () => {
    const second = ITEM.replace('>1<', '>2<');
    const one = read(order({ OrderStatus: 'Pending' }, item(all) + item('', second)));
    expect(one).toMatchObject({ grandTotal: null, items: [{ itemPrice: { amount: '20.00' } }, { itemPrice: null }] });
    expect(one.raw).not.toHaveProperty('proceeds');
    expect(read(order({}, item(priced(['Tax', '1.00'])))).items[0]).toMatchObject({ itemPrice: null });
  });

  it('of 0 are unknown while the order is pending, and final otherwise', () => {
    const free = item(priced(['Principal', '0.00'], ['Tax', '0.00']));
    expect(read(order({ OrderStatus: 'Pending' }, free))).toMatchObject({
      grandTotal: null,
      items: [{ itemPrice: null }],
    });
    expect(read(order({}, free))).toMatchObject({
      grandTotal: { amount: '0.00', currencyCode: 'USD' },
      items: [{ itemPrice: { amount: '0', currencyCode: 'USD' } }],
    });
  });

  it('without VAT are ignored, and a VAT that the price includes is not added', () => {
    const eu = priced(
      ['Principal', '11.90', 'EUR'],
      ['VatExclusivePrincipal', '10.00', 'EUR'],
      ['Tax', '1.90', 'EUR'],
      ['Shipping', '5.95', 'EUR'],
      ['VatExclusiveShipping', '5.00', 'EUR'],
    );
    expect(read(order({}, item(eu)))).toMatchObject({
      grandTotal: { amount: '17.85', currencyCode: 'EUR' },
      items: [{ itemPrice: { amount: '11.90' }, amounts: { tax: '1.90', proceedsTotal: '17.85' } }],
    });
  });

  it('of an unknown component are kept, without a total', () => {
    const one = read(order({}, item(priced(['Principal', '5.00'], ['RecyclingFee', '0.20']))));
    expect(one).toMatchObject({ grandTotal: null, items: [{ itemPrice: { amount: '5.00' } }] });
    expect(one.items[0]?.raw.proceeds).toEqual({
      breakdowns: [
        { type: 'ITEM', subtotal: { amount: '5.00', currencyCode: 'USD' } },
        { type: 'OTHER', subtotal: { amount: '0.20', currencyCode: 'USD' } },
      ],
    });
  });

  it.each([
    ['not a number', priced(['Principal', '5.00'], ['Tax', '1,00'])],
    ['in two currencies', priced(['Principal', '5.00'], ['Tax', '1.00', 'EUR'])],
  ])('that are %s cost the total only', (_name, price) => {
    const one = read(order({}, item(price)));
    expect(one).toMatchObject({ grandTotal: null, items: [{ itemPrice: { amount: '5.00' } }] });
    expect(one.notes).toEqual([expect.stringMatching(/^orderItems\.0\.proceeds/)]);
  });

  it('without a currency are unreadable', () => {
    const bare = element('ItemPrice', '<Component><Type>Principal</Type><Amount>5.00</Amount></Component>');
    expect(read(order({}, item(bare)))).toMatchObject({ grandTotal: null, items: [{ itemPrice: null }] });
  });

  it('of yen have no decimals', () => {
    const yen = priced(['Principal', '5980', 'JPY'], ['Tax', '598', 'JPY']);
    expect(read(order({}, item(yen))).grandTotal).toEqual({ amount: '6578', currencyCode: 'JPY' });
  });
});
