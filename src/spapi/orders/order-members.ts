import type { DateTimeRange, MemberScope } from './member-scope.js';
import { type OrderPackage, readPackages } from './packages.js';
import { code } from './wire.js';

/** Members of an order beside those that the mirror itself needs. Null if absent or unreadable. */
export interface OrderMembers {
  /** The alias of type SELLER_ORDER_ID. */
  readonly sellerOrderId: string | null;
  /** PRIME, AMAZON_BUSINESS … or new values of Amazon's. */
  readonly programs: readonly string[] | null;
  readonly fulfillmentServiceLevel: string | null;
  readonly shipBy: DateTimeRange;
  readonly deliverBy: DateTimeRange;
  readonly labelPrinting: DateTimeRange;
  /** With includedData TAX, as the next one. */
  readonly buyerInvoicePreference: string | null;
  readonly invoiceStatus: string | null;
  /** With includedData PACKAGES, of orders that the merchant ships (docs). */
  readonly packages: readonly OrderPackage[] | null;
}

/** model: Order. */
export function readOrderMembers(order: MemberScope): OrderMembers {
  const fulfillment = order.object('fulfillment');
  const invoicing = order.object('tax').object('taxInvoicing');
  const alias = order.objects('orderAliases').find((each) => each.get(code, 'aliasType') === 'SELLER_ORDER_ID');
  return {
    sellerOrderId: alias?.get(code, 'aliasId') ?? null,
    programs: order.texts('programs'),
    fulfillmentServiceLevel: fulfillment.get(code, 'fulfillmentServiceLevel'),
    shipBy: fulfillment.range('shipByWindow'),
    deliverBy: fulfillment.range('deliverByWindow'),
    labelPrinting: fulfillment.range('labelPrintingWindow'),
    buyerInvoicePreference: invoicing.get(code, 'buyerInvoicePreference'),
    invoiceStatus: invoicing.get(code, 'invoiceStatus'),
    packages: readPackages(order),
  };
}
