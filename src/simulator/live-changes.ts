import type { SimulatedOrder } from './orders/order-shape.js';
import { random } from './random.js';
import type { Simulator } from './simulator.js';

/**
 * Changes an order every `ms` milliseconds, until the simulator is closed: most are shipped, some cancelled, and new ones
 * are placed.
 * @param report receives a line for each change
 */
export function changeRegularly(simulator: Simulator, ms: number, report: (line: string) => void): void {
  const dice = random(simulator.now());
  const timer = setInterval(() => {
    const line = changeOne(simulator, dice.fraction());
    if (line !== undefined) report(`${new Date(simulator.now()).toISOString()} ${line}`);
  }, ms);
  simulator.onClose(() => clearInterval(timer));
}

/** Changes one order; the draw (0 to 1) decides which and how. Returns undefined if there is none to change. */
function changeOne({ book, now }: Simulator, draw: number): string | undefined {
  const open = book.orders().filter(isOpen);
  const order = open[Math.floor(((draw * 1000) % 1) * open.length)];
  if (order === undefined) return undefined;
  const { orderId } = order;
  if (draw < 0.3) return placeAnother(book, order, now());
  if (draw < 0.45) {
    book.cancel(orderId);
    return `order ${orderId} was cancelled`;
  }
  book.ship(orderId);
  return `order ${orderId} was shipped`;
}

function isOpen({ fulfillment, salesChannel }: SimulatedOrder): boolean {
  const isWaiting = ['PENDING', 'UNSHIPPED', 'PARTIALLY_SHIPPED'].includes(fulfillment?.fulfillmentStatus ?? '');
  return isWaiting && salesChannel.marketplaceId !== undefined;
}

/** Places a new order for the same items. */
function placeAnother(book: Simulator['book'], like: SimulatedOrder, at: number): string {
  const number = String(at);
  const time = new Date(at).toISOString();
  const orderId = `${number.slice(0, 3)}-${number.slice(-7)}-${number.slice(3, 10)}`;
  const fulfillment = { ...like.fulfillment, fulfillmentStatus: 'UNSHIPPED' };
  const orderItems = like.orderItems.map((item, line) => ({ ...item, orderItemId: `${number}${line}` }));
  book.add({ ...like, orderId, createdTime: time, lastUpdatedTime: time, fulfillment, orderItems });
  return `order ${orderId} was placed`;
}
