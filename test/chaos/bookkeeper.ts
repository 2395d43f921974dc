import type { Sql } from '../../src/database/database.js';
import type { Random } from '../../src/simulator/random.js';
import {
  type OddAnswer,
  type OrderBook,
  type OrderFault,
  type SimulatedOrder,
  type Simulator,
  UNREADABLE_MEMBERS,
} from '../../src/simulator/simulator.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Longest delay of a listed change; less than what a window ends before now. */
const LATEST_MS = 170_000;

type Kind =
  | 'make'
  | 'ship'
  | 'cancel'
  | 'price'
  | 'price silently'
  | 'items'
  | 'touch'
  | 'hide'
  | 'corrupt'
  | 'mend'
  | 'locate'
  | 'fail'
  | 'garble'
  | 'recover'
  | 'backdate'
  | Plainly;

/** Unusual answers that must be read exactly. */
type Plainly = Extract<OddAnswer, 'cancelled line' | 'free line' | 'v0 status' | 'exponents' | 'line twice'>;
const PLAINLY: readonly string[] = ['cancelled line', 'free line', 'v0 status', 'exponents', 'line twice'];

const KINDS: readonly [Kind, ...Kind[]] = [
  'make',
  'make',
  'ship',
  'ship',
  'cancel',
  'cancel',
  'price',
  'price silently',
  'price silently',
  'items',
  'items',
  'touch',
  'touch',
  'hide',
  'hide',
  'corrupt',
  'mend',
  'locate',
  'fail',
  'garble',
  'recover',
  'backdate',
  'cancelled line',
  'cancelled line',
  'free line',
  'v0 status',
  'exponents',
  'line twice',
];

/** Failures of getOrder for one order; lists still show it. */
const SINGLE_FAULTS: readonly [OrderFault, ...OrderFault[]] = ['500', 'empty', '404', '403', '400'];

/** How much older the date of an order may become. */
export const MAX_BACKDATED_MS = 60_000;

/** Changes the simulator's orders at random, and tracks what the mirror can't know yet. */
export class Bookkeeper {
  readonly #simulator: Simulator;
  readonly #book: OrderBook;
  /** Priced without a new update time: lists don't show the change. */
  readonly silent = new Set<string>();
  /** Orders that could not be read by their id at some time. */
  readonly failed = new Set<string>();
  /** When the silent changes happened, in epoch milliseconds; later changes must follow. */
  readonly #pricedAt = new Map<string, number>();
  /** Until when orders are left out of lists; a window may pass them before that. */
  readonly hidden = new Map<string, number>();
  /** Orders that can't be read in any way, in their readable form. */
  readonly corrupted = new Map<string, SimulatedOrder>();
  /** Orders with an unreadable member, as they were when they were mirrored in full. */
  readonly #sound = new Map<string, SimulatedOrder>();
  /** Past update times to which Amazon moved orders, which windows may have passed. */
  readonly backdated = new Map<string, Set<number>>();
  /** Orders whose price Amazon no longer sends though the mirror has it, as they were before. */
  readonly #stripped = new Map<string, SimulatedOrder>();
  /** Orders created here, with their price. */
  readonly #made = new Map<string, SimulatedOrder>();
  /** Orders that were created before are too old to be mirrored, in epoch milliseconds. */
  keptFrom = 0;
  #serial = 0;

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
    this.#book = simulator.book;
  }

  /** Returns what the mirror must hold in the end: known amounts stay known. */
  truth(): { book: Pick<OrderBook, 'orders'> } {
    const orders = () =>
      this.#book
        .orders()
        .filter((order) => !this.corrupted.has(order.orderId) && this.#isKept(order))
        .map((order) => withPriceOf(order, this.#stripped.get(order.orderId)))
        .map((order) => withMembersOf(order, this.#sound.get(order.orderId)));
    return { book: { orders } };
  }

  /** Returns orders that are in the lists at any time. */
  listed(): SimulatedOrder[] {
    return this.readable()
      .filter((order) => !this.hidden.has(order.orderId) && this.#isKept(order))
      .map((order) => withMembersOf(order, this.#sound.get(order.orderId)));
  }

  /** Returns orders of which Amazon still has all that the mirror knows. */
  unaltered(): SimulatedOrder[] {
    return this.#plain().filter((order) => this.#isKept(order));
  }

  isTooOld(orderId: string): boolean {
    const order = this.corrupted.get(orderId) ?? this.#book.get(orderId);
    return order !== undefined && !this.#isKept(order);
  }

  /** Changes this number of orders, at or shortly before the current time; returns a line for each. */
  change(dice: Random, count: number): string[] {
    return Array.from({ length: count }, () => this.#changeOne(dice));
  }

  /** Removes the price of a random order that is mirrored in full from Amazon's answers. */
  async strip(dice: Random, sql: Sql): Promise<string> {
    const order = pick(dice, await mirroredInFull(sql, this.#plain()));
    if (!order) return 'nothing to strip';
    const cancelled = dice.chance(0.5);
    this.#stripped.set(order.orderId, order);
    this.#book.change(order.orderId, (now) => {
      delete now.proceeds;
      for (const item of now.orderItems) delete item.proceeds;
      if (cancelled && now.fulfillment) now.fulfillment.fulfillmentStatus = 'CANCELLED';
    });
    return `strip ${order.orderId} of its price`;
  }

  /** Makes a member of a random order that is mirrored in full unreadable. */
  async distort(dice: Random, sql: Sql): Promise<string> {
    const order = pick(dice, await mirroredInFull(sql, this.#plain()));
    if (!order) return 'nothing to distort';
    const answer = dice.pick(UNREADABLE_MEMBERS);
    this.#sound.set(order.orderId, order);
    this.#book.distort(order.orderId, answer);
    return `distort ${order.orderId}: ${answer}`;
  }

  wasBackdated(orderId: string, to: Date): boolean {
    return this.backdated.get(orderId)?.has(to.getTime()) ?? false;
  }

  /** Returns ids of orders with an unreadable member, or two lines with the same id and different content. */
  odd(): string[] {
    const contradicting = this.#plain().filter(({ orderItems }) => {
      const contents = new Set(orderItems.map((item) => JSON.stringify(item)));
      return contents.size > new Set(orderItems.map(({ orderItemId }) => orderItemId)).size;
    });
    const ids = [...this.#sound.keys(), ...contradicting.map(({ orderId }) => orderId)];
    return ids.filter((orderId) => !this.isTooOld(orderId));
  }

  /** Returns a random order that can be read by its id. */
  pick(dice: Random): SimulatedOrder | undefined {
    return pick(
      dice,
      this.readable().filter((order) => !this.#simulator.orderFaults.get(order.orderId) && this.#isKept(order)),
    );
  }

  #isKept({ createdTime }: SimulatedOrder): boolean {
    return Date.parse(createdTime) >= this.keptFrom;
  }

  touch(orderId: string): void {
    this.#book.change(orderId, (order) => {
      order.touched = this.#next();
    });
  }

  #changeOne(dice: Random): string {
    const kind = dice.pick(KINDS);
    const order = pick(dice, this.#candidates(kind));
    if (!order) return `nothing to ${kind}`;
    const { orderId } = order;
    const now = this.#simulator.now();
    const lastAt = Math.max(Date.parse(order.lastUpdatedTime), this.#pricedAt.get(orderId) ?? 0);
    const at = Math.max(now - dice.int(0, LATEST_MS), lastAt + 1);
    if (at > now) return `too soon to ${kind} ${orderId}`;
    if (kind === 'make') return this.#make(dice, order, at);
    if (kind === 'hide') {
      const until = Math.max(now + dice.pick([10 * MINUTE, HOUR, 20 * HOUR]), this.hidden.get(orderId) ?? 0);
      this.hidden.set(orderId, until);
      this.#book.hide(orderId, until);
      return `hide ${orderId}`;
    }
    if (kind === 'fail') {
      const fault = dice.pick(SINGLE_FAULTS);
      this.#simulator.orderFaults.set(orderId, fault);
      this.failed.add(orderId);
      return `getOrder of ${orderId} fails with ${fault}`;
    }
    if (kind === 'garble') {
      this.#simulator.orderFaults.set(orderId, 'malformed');
      this.failed.add(orderId);
      return `each answer with ${orderId} is malformed`;
    }
    if (kind === 'recover') {
      this.#simulator.orderFaults.clear();
      return 'no single order fails any more';
    }
    if (kind === 'backdate') {
      const to = this.#book.backdate(orderId, dice.int(1, MAX_BACKDATED_MS / 1_000) * 1_000, (each) => {
        each.touched = this.#next();
      });
      this.backdated.set(orderId, (this.backdated.get(orderId) ?? new Set()).add(to));
      this.#pricedAt.set(orderId, lastAt);
      return `backdate ${orderId} to ${iso(to)}`;
    }
    if (kind === 'corrupt') {
      this.corrupted.set(orderId, order);
      this.#book.add({ ...order, createdTime: 'yesterday', lastUpdatedTime: iso(at) }, at);
      return `corrupt ${orderId}`;
    }
    if (kind === 'mend') {
      const sound = this.corrupted.get(orderId) ?? this.#sound.get(orderId);
      this.corrupted.delete(orderId);
      this.#sound.delete(orderId);
      this.#book.add({ ...sound, lastUpdatedTime: iso(at) }, at);
    } else if (kind === 'price silently') {
      this.#price(orderId, { at: now, silent: true });
      this.#pricedAt.set(orderId, now);
      this.silent.add(orderId);
      return `price ${orderId} silently`;
    } else if (kind === 'price') this.#price(orderId, { at });
    else if (isPlainly(kind)) this.#book.distort(orderId, kind, { at });
    else if (kind === 'ship' || kind === 'cancel') this.#book[kind](orderId, { at });
    else if (kind === 'items') this.#book.change(orderId, (each) => this.#changeItems(dice, each), { at });
    else if (kind === 'locate') this.#book.change(orderId, (each) => this.#locate(dice, each), { at });
    else this.#book.change(orderId, (each) => Object.assign(each, { touched: this.#next() }), { at });
    this.#fill(orderId, kind, at);
    this.silent.delete(orderId);
    // It is listed at its new update time, unless it is still hidden.
    if ((this.hidden.get(orderId) ?? 0) <= now) this.hidden.delete(orderId);
    return `${kind} ${orderId} at ${iso(at)}`;
  }

  #candidates(kind: Kind): SimulatedOrder[] {
    const status = (order: SimulatedOrder) => order.fulfillment?.fulfillmentStatus ?? '';
    const open = ['PENDING', 'UNSHIPPED', 'PARTIALLY_SHIPPED'];
    if (kind === 'mend')
      return this.#book.orders().filter(({ orderId }) => this.corrupted.has(orderId) || this.#sound.has(orderId));
    // Includes orders with unreadable members or without their price: their known values stay.
    if (kind === 'locate')
      return this.readable().filter(
        ({ orderId, salesChannel }) => !salesChannel.marketplaceId && !this.hidden.has(orderId),
      );
    if (kind === 'touch' || kind === 'hide') return this.readable();
    if (kind === 'ship') return this.#plain().filter((order) => open.includes(status(order)));
    // A cancelled order no longer shows that a line was free.
    if (kind === 'cancel')
      return this.#plain().filter((order) => open.includes(status(order)) && !order.orderItems.some(isFree));
    if (kind === 'cancelled line' || kind === 'free line')
      return this.#plain().filter((order) => ['UNSHIPPED', 'SHIPPED'].includes(status(order)));
    if (kind === 'price' || kind === 'price silently')
      return this.#plain().filter((order) => status(order) === 'PENDING' && !isPriced(order));
    return this.#plain();
  }

  /** Returns orders that can be read, also those that are too old to be mirrored. */
  readable(): SimulatedOrder[] {
    return this.#book.orders().filter(({ orderId }) => !this.corrupted.has(orderId));
  }

  /** Readable orders that still have their price and members. */
  #plain(): SimulatedOrder[] {
    return this.readable().filter(({ orderId }) => !this.#stripped.has(orderId) && !this.#sound.has(orderId));
  }

  #make(dice: Random, like: SimulatedOrder, at: number): string {
    const number = String(this.#next()).padStart(7, '0');
    const order = structuredClone(like);
    order.orderId = `999-0000000-${number}`;
    order.createdTime = iso(at);
    order.lastUpdatedTime = iso(at);
    order.fulfillment = { ...order.fulfillment, fulfillmentStatus: 'PENDING' };
    for (const [line, item] of order.orderItems.entries()) item.orderItemId = `999${number}${line}`;
    this.#made.set(order.orderId, structuredClone(order));
    if (dice.chance(0.6)) {
      delete order.proceeds;
      for (const item of order.orderItems) delete item.proceeds;
    }
    this.#book.add(order, at);
    return `make ${order.orderId} at ${iso(at)}`;
  }

  #price(orderId: string, options: { at: number; silent?: boolean }): void {
    const full = this.#made.get(orderId);
    if (full) this.#book.change(orderId, (order) => Object.assign(order, withPriceOf(order, full)), options);
    else this.#book.price(orderId, options);
  }

  /** Prices an order created here when it is shipped; the book does that for its own orders only. */
  #fill(orderId: string, kind: Kind, at: number): void {
    if (kind === 'ship' && this.#made.has(orderId)) this.#price(orderId, { at });
  }

  #changeItems(dice: Random, order: SimulatedOrder): void {
    const [first] = order.orderItems;
    if (!first) return;
    if (order.orderItems.length > 1 && dice.chance(0.5)) order.orderItems.pop();
    else if (dice.chance(0.5) && !order.orderItems.some(isFree)) first.quantityOrdered += 1;
    else
      order.orderItems.push({ ...structuredClone(first), orderItemId: `998${String(this.#next()).padStart(8, '0')}` });
  }

  /** Amazon adds the marketplace of an order. */
  #locate(dice: Random, order: SimulatedOrder): void {
    const marketplaceId = pick(dice, this.#simulator.marketplaceIds);
    if (marketplaceId) order.salesChannel = { ...order.salesChannel, marketplaceId };
  }

  #next(): number {
    this.#serial += 1;
    return this.#serial;
  }
}

/** Returns those of the orders that are mirrored in their current version, with a total and a price for each item. */
async function mirroredInFull(sql: Sql, orders: readonly SimulatedOrder[]): Promise<SimulatedOrder[]> {
  const rows = await sql.query<{ id: string; updated: Date; amounts: Record<string, string> }>(
    `SELECT o.amazon_order_id AS id, last_update_date AS updated,
            jsonb_object_agg(order_item_id, item_price_amount::text) AS amounts
       FROM amazon_order o JOIN amazon_order_item i ON i.order_id = o.id
      WHERE order_total_amount > 0 AND order_status <> 'CANCELLED'
      GROUP BY o.id HAVING bool_and(item_price_amount > 0)`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return orders.filter(({ orderId, lastUpdatedTime, orderItems }) => {
    const row = known.get(orderId);
    if (row?.updated.getTime() !== Date.parse(lastUpdatedTime)) return false;
    if (orderItems.length !== Object.keys(row.amounts).length) return false;
    return orderItems.every(({ orderItemId, proceeds }) => {
      const price = proceeds?.breakdowns?.find(({ type }) => type === 'ITEM');
      return price !== undefined && price.subtotal.amount === row.amounts[orderItemId];
    });
  });
}

function withPriceOf(order: SimulatedOrder, full: SimulatedOrder | undefined): SimulatedOrder {
  if (!full) return order;
  const items = order.orderItems.map((item) => {
    const priced = full.orderItems.find(({ orderItemId }) => orderItemId === item.orderItemId);
    return priced?.proceeds ? { ...item, proceeds: priced.proceeds } : item;
  });
  return { ...order, ...(full.proceeds && { proceeds: full.proceeds }), orderItems: items };
}

/** Returns the order with the mirrored lines and members in place of unreadable ones. */
function withMembersOf(order: SimulatedOrder, sound: SimulatedOrder | undefined): SimulatedOrder {
  if (!sound) return order;
  const { proceeds, fulfillment, orderItems } = sound;
  return { ...order, orderItems, ...(proceeds && { proceeds }), ...(fulfillment && { fulfillment }) };
}

function isFree({ quantityOrdered, proceeds }: SimulatedOrder['orderItems'][number]): boolean {
  return quantityOrdered === 0 || (proceeds !== undefined && !proceeds.breakdowns?.some(({ type }) => type === 'ITEM'));
}

function isPlainly(kind: Kind): kind is Plainly {
  return PLAINLY.includes(kind);
}

function isPriced(order: SimulatedOrder): boolean {
  return Number(order.proceeds?.grandTotal?.amount ?? 0) !== 0;
}

function pick<T>(dice: Random, list: readonly T[]): T | undefined {
  return list[dice.int(0, Math.max(0, list.length - 1))];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
