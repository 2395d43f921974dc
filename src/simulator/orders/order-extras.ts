import type { Draft } from './draft-order.js';
import type { Step } from './order-history.js';
import type { RawOrder } from './order-shape.js';

/** Statuses in which Amazon tells who bought and where to (source: "Access Orders PII"). */
const WITH_BUYER = ['UNSHIPPED', 'PARTIALLY_SHIPPED', 'SHIPPED'];

/** Personal data and packages: data sets that a store of orders should not ask for. Every word is plainly made up. */
export function orderExtras(draft: Draft, { status }: Step): RawOrder {
  if (!WITH_BUYER.includes(status)) return {};
  const { number, fulfilledBy, marketplace, items } = draft;
  const byMerchant = fulfilledBy === 'MERCHANT';
  const sent = status === 'PARTIALLY_SHIPPED' ? items.slice(0, 1) : status === 'SHIPPED' ? items : [];
  return {
    buyer: {
      buyerName: `BUYER-NAME-SECRET-${number}`,
      ...(byMerchant && { buyerEmail: `BUYER-EMAIL-SECRET-${number}@marketplace.example` }),
    },
    recipient: {
      deliveryAddress: {
        name: `RECIPIENT-NAME-SECRET-${number}`,
        addressLine1: `STREET-SECRET-${number}`,
        city: 'Springfield',
        postalCode: `POSTCODE-SECRET-${number}`,
        countryCode: marketplace.countryCode,
        addressType: 'RESIDENTIAL',
      },
    },
    payment: { paymentExecutions: [{ paymentMethod: 'CreditCard' }] },
    packages: byMerchant && sent.length > 0 ? [packageOf(number, sent)] : [],
  };
}

function packageOf(number: number, items: Draft['items']): RawOrder {
  return {
    packageReferenceId: '1',
    packageStatus: { status: 'SHIPPED' },
    carrier: 'SIMULATED-POST',
    trackingNumber: `TRACKING-${number}`,
    packageItems: items.map(({ id, quantity }) => ({ orderItemId: id, quantity })),
  };
}
