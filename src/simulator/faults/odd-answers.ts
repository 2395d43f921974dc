import type { SimulatedItem, SimulatedOrder } from '../orders/order-shape.js';

/** Changes that Amazon makes to an order, and ways in which it was seen to send one: each alters the order in place. */
export type OddAnswer = keyof typeof ODD_ANSWERS;

const V0_WORDS: Readonly<Record<string, string>> = {
  PENDING: 'Pending',
  UNSHIPPED: 'Unshipped',
  PARTIALLY_SHIPPED: 'PartiallyShipped',
  SHIPPED: 'Shipped',
  CANCELLED: 'Canceled',
};

const ODD_ANSWERS = {
  /** The last line is cancelled by itself. */
  'cancelled line': (order: SimulatedOrder) => {
    const line = order.orderItems.at(-1);
    if (!line) return;
    line.quantityOrdered = 0;
    delete line.proceeds;
  },
  /** The last line becomes free: rows of amount 0 are left out (seen in the field). */
  'free line': (order: SimulatedOrder) => {
    const line = order.orderItems.at(-1);
    const currencyCode = order.proceeds?.grandTotal?.currencyCode;
    if (line && currencyCode) line.proceeds = { proceedsTotal: { amount: '0', currencyCode } };
  },
  /** The status in the words of Orders v0 (seen in notifications). */
  'v0 status': (order: SimulatedOrder) => {
    const status = order.fulfillment?.fulfillmentStatus ?? '';
    order.fulfillment = { ...order.fulfillment, fulfillmentStatus: V0_WORDS[status] ?? status };
  },
  /** Amounts with an exponent (model: RFC 7159). */
  exponents: (order: SimulatedOrder) => {
    const total = order.proceeds?.grandTotal;
    if (total) total.amount = withExponent(total.amount);
    for (const { subtotal } of order.orderItems.flatMap((item) => item.proceeds?.breakdowns ?? []))
      subtotal.amount = withExponent(subtotal.amount);
  },
  'line twice': (order: SimulatedOrder) => {
    order.orderItems.push(...order.orderItems.slice(0, 1));
  },
  /** docs#979. */
  'no lines': (order: SimulatedOrder) => {
    order.orderItems = [];
  },
  'row without amount': (order: SimulatedOrder) => {
    for (const row of order.orderItems.flatMap((item) => item.proceeds?.breakdowns ?? []))
      Object.assign(row, { subtotal: null });
  },
  'empty total': (order: SimulatedOrder) => {
    Object.assign(order, { proceeds: { ...order.proceeds, grandTotal: {} } });
  },
  'huge quantity': withQuantity(2_147_483_647),
  'negative quantity': withQuantity(-1),
  'no quantity': withQuantity(null),
  'odd status': (order: SimulatedOrder) => {
    Object.assign(order, { fulfillment: { ...order.fulfillment, fulfillmentStatus: 7 } });
  },
} satisfies Record<string, (order: SimulatedOrder) => void>;

/** Changes that make a member unreadable; a mirror keeps the known value. */
export const UNREADABLE_MEMBERS = [
  'no lines',
  'row without amount',
  'empty total',
  'huge quantity',
  'negative quantity',
  'no quantity',
  'odd status',
] as const satisfies readonly OddAnswer[];

export function makeOdd(order: SimulatedOrder, answer: OddAnswer): void {
  ODD_ANSWERS[answer](order);
}

function withQuantity(quantity: number | null) {
  return (order: SimulatedOrder): void => {
    const line: SimulatedItem | undefined = order.orderItems[0];
    if (line) Object.assign(line, { quantityOrdered: quantity });
  };
}

/** `12.50` as `1250E-2`; what has an exponent already stays. */
function withExponent(amount: string): string {
  const [whole = '', fraction = ''] = amount.split('.');
  return /e/i.test(amount) ? amount : `${whole}${fraction}E-${fraction.length}`;
}
