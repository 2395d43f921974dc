import { JsonText } from '../api/http.js';
import type { RawOrder } from './order-shape.js';
import type { OrderVersion } from './order-version.js';

/** The data sets, and the members that each adds to the order and its items (model: includedData). */
const DATA_SETS = {
  BUYER: { order: ['buyer'], item: [] },
  RECIPIENT: { order: ['recipient'], item: [] },
  PROCEEDS: { order: ['proceeds'], item: ['proceeds'] },
  EXPENSE: { order: [], item: ['expense'] },
  PROMOTION: { order: [], item: ['promotion'] },
  CANCELLATION: { order: [], item: ['cancellation'] },
  FULFILLMENT: { order: ['fulfillment'], item: ['fulfillment'] },
  PACKAGES: { order: ['packages'], item: [] },
  TAX: { order: ['tax'], item: ['tax'] },
  PAYMENT: { order: ['payment'], item: [] },
  FULFILLMENT_ORDERS: { order: ['fulfillmentOrders'], item: [] },
} as const;

export type DataSet = keyof typeof DATA_SETS;

export const ALL_DATA_SETS = Object.keys(DATA_SETS) as DataSet[];

/** Returns the order with the requested data sets only. Empty lists except orderItems are left out (seen in the field). */
export function withData(order: RawOrder, included: readonly string[]): RawOrder {
  const locked = ALL_DATA_SETS.filter((dataSet) => !included.includes(dataSet));
  const answer = without(order, new Set(locked.flatMap((dataSet) => [...DATA_SETS[dataSet].order])));
  if (!Array.isArray(order.orderItems)) return answer;
  const itemMembers = new Set(locked.flatMap((dataSet) => [...DATA_SETS[dataSet].item]));
  return {
    ...answer,
    orderItems: order.orderItems.map((item) => (isObject(item) ? without(item, itemMembers) : item)),
  };
}

function without(object: RawOrder, members: ReadonlySet<string>): RawOrder {
  return Object.fromEntries(
    Object.entries(object).filter(([name, value]) => !members.has(name) && !isEmptyList(value)),
  );
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isObject(value: unknown): value is RawOrder {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Caches the JSON of orders from their first request on (2 to 3 kB each), so that measurements of the server don't measure
 * the simulator.
 */
export class OrderTexts {
  readonly #kept = new WeakMap<OrderVersion, Map<string, Buffer>>();

  /** Returns `{"orders":[…], …}` with the other members, at least one, after the orders. */
  page(versions: readonly OrderVersion[], includedData: readonly string[], others: object): JsonText {
    const texts = versions.map((version) => this.#text(version, includedData));
    return new JsonText([
      OPEN,
      ...texts.flatMap((text, index) => (index === 0 ? [text] : [COMMA, text])),
      Buffer.from(`],${JSON.stringify(others).slice(1)}`),
    ]);
  }

  #text(version: OrderVersion, includedData: readonly string[]): Buffer {
    const texts = this.#kept.get(version) ?? new Map<string, Buffer>();
    this.#kept.set(version, texts);
    const asked = includedData.join();
    const text = texts.get(asked) ?? Buffer.from(JSON.stringify(withData(version.toJson(), includedData)));
    texts.set(asked, text);
    return text;
  }
}

const OPEN = Buffer.from('{"orders":[');
const COMMA = Buffer.from(',');
