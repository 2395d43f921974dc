import { MARKETPLACES } from '../api/marketplaces.js';
import { makeOdd, type OddAnswer } from '../faults/odd-answers.js';
import type { Account } from './draft-order.js';
import type { Period } from './order-history.js';
import {
  type Listed,
  type Page,
  type Search,
  type SortedBy,
  searchPage,
  shuffledPlace,
  sortOrders,
} from './order-search.js';
import type { RawOrder, SimulatedOrder } from './order-shape.js';
import {
  fillInPrice,
  GeneratedOrder,
  givenVersion,
  instant,
  markCancelled,
  markShipped,
  type OrderVersion,
} from './order-version.js';

export interface ChangeOptions {
  /** When it happens, in milliseconds (default: now). */
  at?: number;
  /** Leaves `lastUpdatedTime` as it is (default false: it becomes `at`). */
  silent?: boolean;
}

/** An order goes from one version to the next; `before` is undefined for a new one. */
export interface OrderTransition {
  orderId: string;
  /** Milliseconds. */
  at: number;
  before: OrderVersion | undefined;
  after: OrderVersion;
}

interface Entry extends Listed {
  /** Sorted by time; at least one. */
  versions: OrderVersion[];
  /** The order as the book made it, if it did. */
  generated?: GeneratedOrder;
  /** Milliseconds: the order is left out of lists until then. */
  hiddenUntil: number;
  hiddenFromReports: boolean;
}

/** All orders of the account, which change over time. An order changed by a test no longer changes by itself. */
export class OrderBook {
  readonly #now: () => number;
  readonly #byId = new Map<string, Entry>();
  /** In the order of the last sort, which makes the next one fast. */
  readonly #entries: Entry[] = [];
  readonly #sorted = new Map<SortedBy, Entry[]>();
  /** The lists are valid from the first instant (inclusive) to the second (exclusive). */
  #listedAt = 0;
  #staleAt = Number.NEGATIVE_INFINITY;
  #unnamed = 0;
  #onChange: ((transition: OrderTransition) => void) | undefined;
  #getOrderLagMs = 0;

  constructor(now: () => number, count: number, account: Account, period: Period) {
    this.#now = now;
    for (let number = 0; number < count; number += 1) {
      const order = new GeneratedOrder(account, period, number);
      this.#put(order.id, order.versions).generated = order;
    }
  }

  /** Returns the current number of orders. */
  get size(): number {
    return this.#list('updated').length;
  }

  /** Returns copies of all current orders, including hidden ones, with all data sets, oldest update first. */
  orders(): SimulatedOrder[] {
    return this.#list('updated').map((order) => order.now.toJson());
  }

  /** Returns a copy of the current order, with all data sets. */
  get(orderId: string): SimulatedOrder | undefined {
    const entry = this.#byId.get(orderId);
    return entry && versionAt(entry, this.#now())?.toJson();
  }

  /** Returns the order as getOrder sees it: as `get` does, unless it lags behind or the order is too old. */
  read(orderId: string): SimulatedOrder | undefined {
    const now = this.#now();
    const entry = this.#byId.get(orderId);
    const version = entry && versionAt(entry, now - this.#getOrderLagMs);
    return version && shownAt(now)(version) ? version.toJson() : undefined;
  }

  /** Lets getOrder show changes this many milliseconds after they happened, and after their event; lists show them at once. */
  lagGetOrder(ms: number): void {
    this.#getOrderLagMs = ms;
  }

  /** Returns a page of a search, without hidden orders and those that are too old. */
  search(search: Search): Page {
    const now = this.#now();
    const isShown = shownAt(now);
    const matches = (order: Listed) =>
      (this.#byId.get(order.id)?.hiddenUntil ?? 0) <= now && isShown(order.now) && search.matches(order);
    return searchPage(this.#list(search.sortedBy), { ...search, matches });
  }

  /**
   * Stores any JSON object as an order, replacing the order with the same id if there is one.
   * @param at its time in the lists, in milliseconds; default: its lastUpdatedTime if readable, else now
   */
  add(order: RawOrder | SimulatedOrder, at?: number): void {
    const updated = at ?? instant(order.lastUpdatedTime) ?? this.#now();
    this.#unnamed += 1;
    const id = typeof order.orderId === 'string' ? order.orderId : `(unnamed ${this.#unnamed})`;
    const known = this.#byId.get(id);
    const before = known && versionAt(known, this.#now());
    const after = givenVersion(order as SimulatedOrder, Number.NEGATIVE_INFINITY, updated);
    this.#put(id, [after]);
    this.#onChange?.({ orderId: id, at: updated, before, after });
  }

  /** Applies `mutate` to an order. @throws {Error} if there is no such order */
  change(orderId: string, mutate: (order: SimulatedOrder) => void, options: ChangeOptions = {}): void {
    const { at = this.#now(), silent = false } = options;
    const entry = this.#entry(orderId);
    const before = versionAt(entry, at);
    if (before === undefined) throw new Error(`order ${orderId} does not exist yet`);
    const order = before.toJson();
    mutate(order);
    if (!silent) order.lastUpdatedTime = new Date(at).toISOString();
    const earlier = entry.versions.filter((version) => version.from < at);
    const after = givenVersion(order, at, silent ? before.updated : at);
    this.#put(orderId, [...earlier, after]);
    this.#onChange?.({ orderId, at, before, after });
  }

  /** Adds the price that was missing while the order was pending. */
  price(orderId: string, options?: ChangeOptions): void {
    const { generated } = this.#entry(orderId);
    this.change(orderId, (order) => generated && fillInPrice(order, generated.priced()), options);
  }

  /** Ships all units and adds the price. */
  ship(orderId: string, options?: ChangeOptions): void {
    const { generated } = this.#entry(orderId);
    const mutate = (order: SimulatedOrder) => {
      if (generated) fillInPrice(order, generated.priced());
      markShipped(order);
    };
    this.change(orderId, mutate, options);
  }

  /** Cancels the order; its price stays as shown. */
  cancel(orderId: string, options?: ChangeOptions): void {
    this.change(orderId, markCancelled, options);
  }

  /** Returns the order in an unusual form from now on. */
  distort(orderId: string, answer: OddAnswer, options?: ChangeOptions): void {
    this.change(orderId, (order) => makeOdd(order, answer), options);
  }

  /** Applies `mutate` to an order and moves its last update back by this many milliseconds. */
  backdate(orderId: string, ms: number, mutate: (order: SimulatedOrder) => void): number {
    const order = this.get(orderId);
    if (order === undefined) throw new Error(`no order ${orderId} in the book`);
    const at = Date.parse(order.lastUpdatedTime) - ms;
    mutate(order);
    this.add({ ...order, lastUpdatedTime: new Date(at).toISOString() }, at);
    return at;
  }

  /** Hides the order from lists until this time (milliseconds); getOrder still returns it. */
  hide(orderId: string, until: number): void {
    this.#entry(orderId).hiddenUntil = until;
  }

  /** Leaves the order out of the reports made from now on. */
  hideFromReports(orderId: string): void {
    this.#entry(orderId).hiddenFromReports = true;
  }

  /**
   * Returns the orders as they were at an instant (milliseconds), for a report: without those hidden from reports and those
   * that are too old.
   */
  asOf(at: number, matches: (version: OrderVersion) => boolean): OrderVersion[] {
    const isShown = shownAt(at);
    const found: OrderVersion[] = [];
    for (const entry of this.#entries) {
      const version = versionAt(entry, at);
      if (version && !entry.hiddenFromReports && isShown(version) && matches(version)) found.push(version);
    }
    return found;
  }

  /** Calls back at each change that a test makes, past, present or future. */
  onChange(callback: (transition: OrderTransition) => void): void {
    this.#onChange = callback;
  }

  /** The changes that orders will make by themselves after this instant (milliseconds), in no order. */
  *transitionsAfter(at: number): Generator<OrderTransition> {
    for (const { id, versions } of this.#entries) {
      for (const [index, after] of versions.entries()) {
        if (after.from > at) yield { orderId: id, at: after.from, before: versions[index - 1], after };
      }
    }
  }

  /** Whether this version still belongs to the order: not after a test has changed the order before it. */
  hasVersion(orderId: string, version: OrderVersion): boolean {
    return this.#byId.get(orderId)?.versions.includes(version) ?? false;
  }

  #entry(orderId: string): Entry {
    const entry = this.#byId.get(orderId);
    if (entry === undefined) throw new Error(`no order ${orderId} in the book`);
    return entry;
  }

  #put(id: string, versions: OrderVersion[]): Entry {
    this.#staleAt = Number.NEGATIVE_INFINITY;
    const [first] = versions;
    if (first === undefined) throw new Error('an order needs at least one version');
    const known = this.#byId.get(id);
    if (known !== undefined) return Object.assign(known, { versions });
    const entry: Entry = {
      id,
      versions,
      now: first,
      shuffled: shuffledPlace(id),
      hiddenUntil: 0,
      hiddenFromReports: false,
    };
    this.#byId.set(id, entry);
    this.#entries.push(entry);
    return entry;
  }

  /** Returns the current orders, sorted; cached until an order changes. */
  #list(sortedBy: SortedBy): readonly Entry[] {
    const now = this.#now();
    if (now >= this.#staleAt || now < this.#listedAt) this.#refresh(now);
    const ready = this.#sorted.get(sortedBy);
    if (ready !== undefined) return ready;
    sortOrders(this.#entries, sortedBy);
    const made = this.#entries.filter((entry) => versionAt(entry, now) !== undefined);
    this.#sorted.set(sortedBy, made);
    return made;
  }

  #refresh(now: number): void {
    this.#sorted.clear();
    this.#listedAt = now;
    this.#staleAt = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      entry.now = versionAt(entry, now) ?? entry.now;
      const next = entry.versions.find((version) => version.from > now);
      if (next !== undefined) this.#staleAt = Math.min(this.#staleAt, next.from);
    }
  }
}

const SHOWN_YEARS = 2;
const SHOWN_SINCE_2016: ReadonlySet<string | undefined> = new Set(
  MARKETPLACES.filter(({ countryCode }) => ['JP', 'AU', 'SG'].includes(countryCode)).map(({ id }) => id),
);

/** Returns whether Amazon shows an order at an instant: none from more than two years before, in JP, AU and SG since 2016 (model). */
function shownAt(now: number): (order: OrderVersion) => boolean {
  const oldest = new Date(now).setUTCFullYear(new Date(now).getUTCFullYear() - SHOWN_YEARS);
  return ({ created, marketplaceId }) => created >= (SHOWN_SINCE_2016.has(marketplaceId) ? Date.UTC(2016) : oldest);
}

function versionAt(entry: Entry, now: number): OrderVersion | undefined {
  return entry.versions.findLast((version) => version.from <= now);
}
