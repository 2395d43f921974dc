import { scramble } from '../random.js';
import type { OrderVersion } from './order-version.js';

/** An order in the lists, as it is now. */
export interface Listed {
  id: string;
  now: OrderVersion;
  /** Sort key of the shuffled order. */
  shuffled: number;
}

/** The order of results: by one of the two times, or shuffled (always the same way). */
export type SortedBy = 'updated' | 'created' | 'shuffled';

/** A position in the sorted list: right after this key and id, even if the order has moved since. */
export interface Position {
  key: number;
  id: string;
}

export interface Search {
  sortedBy: SortedBy;
  /** The time that the window applies to. */
  time: 'updated' | 'created';
  /** Milliseconds, both ends included (model). */
  after: number;
  before: number;
  matches(order: Listed): boolean;
  position: Position | undefined;
  limit: number;
}

export interface Page {
  orders: Listed[];
  /** Position of the next page; undefined on the last one. */
  next: Position | undefined;
}

/** Returns the key by which a list sorts the order; equal keys are sorted by id. */
export function keyOf(order: Listed, sortedBy: SortedBy): number {
  return sortedBy === 'shuffled' ? order.shuffled : order.now[sortedBy];
}

export function sortOrders(orders: Listed[], sortedBy: SortedBy): void {
  orders.sort((a, b) => keyOf(a, sortedBy) - keyOf(b, sortedBy) || (a.id < b.id ? -1 : 1));
}

/** Returns a page of a sorted list. Finds its start by binary search, so that page 2,000 costs no more than page 1. */
export function searchPage(sorted: readonly Listed[], search: Search): Page {
  const { sortedBy, time, after, before, matches, position, limit } = search;
  const inOrderOfTime = sortedBy === time;
  const start = position ?? (inOrderOfTime ? { key: after, id: '' } : undefined);
  const orders: Listed[] = [];
  for (let index = start ? firstAfter(sorted, sortedBy, start) : 0; index < sorted.length; index += 1) {
    const order = sorted[index];
    if (order === undefined) break;
    const at = order.now[time];
    if (inOrderOfTime && at > before) break;
    if (at < after || at > before || !matches(order)) continue;
    const last = orders.at(-1);
    if (orders.length === limit && last !== undefined) {
      return { orders, next: { key: keyOf(last, sortedBy), id: last.id } };
    }
    orders.push(order);
  }
  return { orders, next: undefined };
}

function firstAfter(sorted: readonly Listed[], sortedBy: SortedBy, { key, id }: Position): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = sorted[middle];
    if (order === undefined) break;
    const here = keyOf(order, sortedBy);
    if (here < key || (here === key && order.id <= id)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns an order's sort key in the shuffled list. */
export function shuffledPlace(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = scramble(value + text.charCodeAt(index));
  return value;
}
