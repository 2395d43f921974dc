import type { Draft, DraftItem } from './draft-order.js';
import { isoTime } from './iso-time.js';
import { money } from './money.js';
import type { Oddity } from './oddities.js';
import type { Step } from './order-history.js';
import type { RawOrder } from './order-shape.js';

const HOUR = 3_600_000;

/** Statuses with buyer and recipient (source: "Access Orders PII"). */
const WITH_BUYER = ['UNSHIPPED', 'PARTIALLY_SHIPPED', 'SHIPPED'];

/** Returns the order's members of the data sets beside FULFILLMENT and PROCEEDS. Personal data is recognisable as invented. */
export function orderExtras(draft: Draft, created: number, { status, price }: Step): RawOrder {
  if (!WITH_BUYER.includes(status)) return {};
  const { number, fulfilledBy, items } = draft;
  const has = (oddity: Oddity) => draft.oddities.includes(oddity);
  const byMerchant = fulfilledBy === 'MERCHANT';
  const sent = status === 'PARTIALLY_SHIPPED' ? items.slice(0, 1) : status === 'SHIPPED' ? items : [];
  return {
    buyer: {
      buyerName: `BUYER-NAME-SECRET-${number}`,
      ...(byMerchant && { buyerEmail: `BUYER-EMAIL-SECRET-${number}@marketplace.example` }),
      ...(has('taxed') && {
        buyerCompanyName: `COMPANY-SECRET-${number}`,
        buyerPurchaseOrderNumber: `PURCHASE-ORDER-SECRET-${number}`,
      }),
    },
    recipient: {
      deliveryAddress: address(draft),
      ...(has('scheduled') && { deliveryPreference: deliveryPreference(number) }),
    },
    payment: { paymentExecutions: [paymentExecution(draft, price === 'full' && has('paid'))] },
    packages: byMerchant && sent.length > 0 ? packagesOf(draft, created, sent) : [],
    ...(has('taxed') && { tax: tax(draft) }),
    ...(has('easyShip') && { fulfillmentOrders: [{ fulfillmentOrderId: `SIM-FULFILLMENT-${number}` }] }),
  };
}

function address({ number, marketplace, oddities }: Draft): RawOrder {
  const secret = (part: string) => `${part}-SECRET-${number}`;
  return {
    name: secret('RECIPIENT-NAME'),
    addressLine1: secret('STREET'),
    city: 'Springfield',
    postalCode: secret('POSTCODE'),
    countryCode: marketplace.countryCode,
    addressType: 'RESIDENTIAL',
    ...((oddities.includes('scheduled') || oddities.includes('taxed')) && {
      companyName: secret('COMPANY'),
      addressLine2: secret('FLOOR'),
      addressLine3: secret('DOOR'),
      districtOrCounty: 'Sangamon',
      stateOrRegion: 'IL',
      municipality: 'Springfield',
      phone: secret('PHONE'),
      extendedFields: {
        streetName: secret('STREET-NAME'),
        streetNumber: secret('STREET-NUMBER'),
        complement: secret('COMPLEMENT'),
        neighborhood: secret('NEIGHBORHOOD'),
      },
    }),
  };
}

function deliveryPreference(number: number): RawOrder {
  const timeWindows = [{ startTime: { hour: 9, minute: 0 }, endTime: { hour: 17, minute: 30 } }];
  return {
    dropOffLocation: `DROP-OFF-SECRET-${number}`,
    addressInstruction: `INSTRUCTION-SECRET-${number}`,
    deliveryTime: {
      businessHours: [{ dayOfWeek: 'MON', timeWindows }],
      exceptionDates: [{ exceptionDate: '2026-12-24', exceptionDateType: 'OPEN', timeWindows }],
    },
    deliveryCapabilities: ['HAS_ACCESS_POINT'],
  };
}

function paymentExecution({ number, items, marketplace }: Draft, inFull: boolean): RawOrder {
  const total = items.reduce((sum, { unit, quantity }) => sum + unit * quantity, 0);
  return {
    paymentMethod: 'CreditCard',
    ...(inFull && {
      paymentAmount: money(total, marketplace.currency),
      acquirerId: `ACQUIRER-SECRET-${number}`,
      cardBrand: `CARD-BRAND-SECRET-${number}`,
      authorizationCode: `AUTHORIZATION-SECRET-${number}`,
    }),
  };
}

function tax(draft: Draft): RawOrder {
  return {
    taxRegistrations: [
      {
        entityType: 'BUYER',
        legalName: `LEGAL-NAME-SECRET-${draft.number}`,
        taxRegistrationType: 'VAT',
        taxRegistrationNumber: `TAX-NUMBER-SECRET-${draft.number}`,
        taxRegistrationAddress: address(draft),
        taxRegistrationAttributes: [{ key: 'TAX_OFFICE', value: `TAX-OFFICE-SECRET-${draft.number}` }],
      },
    ],
    taxInvoicing: { buyerInvoicePreference: 'BUSINESS', invoiceStatus: 'PROCESSING' },
  };
}

/** One package, or one for each line with all members. */
function packagesOf(draft: Draft, created: number, sent: readonly DraftItem[]): RawOrder[] {
  const { number, oddities } = draft;
  const content = ({ id, quantity }: DraftItem) => ({ orderItemId: id, quantity });
  if (!oddities.includes('parcels')) {
    return [
      {
        packageReferenceId: '1',
        packageStatus: { status: 'SHIPPED' },
        carrier: 'SIMULATED-POST',
        trackingNumber: `TRACKING-${number}`,
        packageItems: sent.map(content),
      },
    ];
  }
  return sent.map((item, index) => ({
    packageReferenceId: String(index + 1),
    createdTime: isoTime(created + 3 * HOUR),
    packageStatus: { status: index === 0 ? 'IN_TRANSIT' : 'DELIVERED', detailedStatus: 'OUT_FOR_DELIVERY' },
    carrier: 'SIMULATED-POST',
    shipTime: isoTime(created + 5 * HOUR),
    shippingService: 'Express / next day',
    trackingNumber: `TRACKING-${number}-${index + 1}`,
    shipFromAddress: {
      name: `WAREHOUSE-SECRET-${number}`,
      addressLine1: `WAREHOUSE-STREET-SECRET-${number}`,
      addressLine2: 'Gate 2',
      addressLine3: 'Ramp B',
      city: 'Springfield',
      districtOrCounty: 'Sangamon',
      stateOrRegion: 'IL',
      municipality: 'Springfield',
      postalCode: `WAREHOUSE-POSTCODE-SECRET-${number}`,
      countryCode: 'US',
    },
    packageItems: [{ ...content(item), transparencyCodes: [`AZ:SIM${number}${index}`, `ZZ:SIM${number}${index}`] }],
  }));
}
