import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type GraphQLObjectType, getNamedType, isObjectType, isScalarType } from 'graphql';
import { beforeEach, describe, expect } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { createSchema } from '../../src/graphql/schema.js';
import { orderRows } from '../../src/mirror/write/order-rows.js';
import { saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import { isUnreadable, readOrder } from '../../src/spapi/orders/read-order.js';
import { everyFieldOf } from '../helpers/every-field.js';
import { it } from '../helpers/fixtures.js';
import type { Model, Schema } from '../simulator/swagger.js';

const MODEL = fileURLToPath(new URL('../../../shared/models/orders_2026-01-01.json', import.meta.url));

/** Members that identify a person, or may: they are cut, or not asked for (docs: "Access Orders PII", and judgement). */
const PERSONAL = [
  /^buyer\./,
  /^recipient\./,
  /^tax\.taxRegistrations\./,
  /^payment\.paymentExecutions\.(acquirerId|cardBrand|authorizationCode)$/,
  /^packages\.shipFromAddress\.(name|addressLine[123]|postalCode)$/,
  /^orderItems\.product\.customization\.customizedUrl$/,
  /^orderItems\.fulfillment\.packing\.giftOption\.giftMessage$/,
  /^orderItems\.cancellation\.cancellation(Request|Execution)\.cancelReason$/,
];

interface Leaf {
  /** Without the positions in lists. */
  readonly path: string;
  readonly value: unknown;
}

/** Returns all scalar values of a JSON value. */
function leavesOf(value: unknown, path = ''): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((element) => leavesOf(element, path));
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, path === '' ? name : `${path}.${name}`));
}

/** Returns an order with every member of the model, each with a value of its own. */
function orderWithEverything(model: Model): object {
  let number = 0;
  const make = (schema: Schema, path: string): unknown => {
    if (schema.$ref) return make(model.definitions[schema.$ref.replace('#/definitions/', '')] ?? {}, path);
    number += 1;
    if (schema.properties)
      return Object.fromEntries(
        Object.entries(schema.properties).map(([name, property]) => [name, make(property, `${path}.${name}`)]),
      );
    if (schema.type === 'array') return [make(schema.items ?? {}, path)];
    if (schema.type === 'integer' || schema.type === 'number') return number;
    if (schema.format?.startsWith('date')) return new Date(Date.UTC(2026, 0, 1) + number * 60_000).toISOString();
    if (path.endsWith('.amount')) return `${number}.75`;
    if (path.endsWith('.currencyCode')) return 'USD';
    return schema.enum?.[0] ?? `${path.split('.').at(-1)} ${number}`;
  };
  return make({ $ref: '#/definitions/Order' }, '') as object;
}

/** Returns the orders of the model's sandbox. */
function exampleOrders(model: object): object[] {
  const found: object[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('orderId' in value && 'orderItems' in value && 'salesChannel' in value) found.push(value);
    else Object.values(value).forEach(visit);
  };
  visit((model as { paths: unknown }).paths);
  return found.filter((order) => typeof (order as { orderId: unknown }).orderId === 'string');
}

const schema = createSchema();
const AmazonOrder = schema.getType('AmazonOrder') as GraphQLObjectType;
const EVERY_FIELD = `query ($id: String!) { order(amazonOrderId: $id) { ${everyFieldOf(AmazonOrder)} } }`;

async function save(database: Database, sent: object): Promise<string> {
  const order = readOrder(sent);
  if (isUnreadable(order)) throw new Error(order.reason);
  expect(order.notes).toEqual([]);
  const rows = await orderRows([order]);
  await writeOrders(database, (sql) =>
    saveOrders(sql, rows, { includeItems: true, at: new Date(), changeSource: 'SYNC' }),
  );
  return order.orderId;
}

/** Dates in one notation. */
const plain = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value).toISOString() : String(value);

describe("every member of Amazon's order", () => {
  beforeEach(({ skip }) => skip(!existsSync(MODEL), `Amazon's model is not at ${MODEL}`));
  const model = () => JSON.parse(readFileSync(MODEL, 'utf8')) as Model;

  /** Returns the values that typed fields don't return. */
  const missing = (sent: object, answer: unknown): string[] => {
    const returned = new Set(leavesOf(answer).map(({ value }) => plain(value)));
    return leavesOf(sent)
      .filter(({ path }) => !PERSONAL.some((pattern) => pattern.test(path)))
      .filter(({ value }) => !returned.has(plain(value)))
      .map(({ path, value }) => `${path}: ${value}`);
  };

  it('is a typed field, or personal data', async ({ server }) => {
    const sent = orderWithEverything(model());
    const id = await save(server.database, sent);
    const answer = await server.ask(EVERY_FIELD, { id }, server.viewer);
    expect(answer.errors).toBeUndefined();
    expect(missing(sent, answer.data)).toEqual([]);
    const personal = leavesOf(sent).filter(({ path }) => PERSONAL.some((pattern) => pattern.test(path)));
    const stored = await server.database.query('SELECT to_jsonb(o) AS o FROM amazon_order o');
    const items = await server.database.query('SELECT to_jsonb(i) AS i FROM amazon_order_item i');
    const text = JSON.stringify([stored, items, answer.data]);
    const texts = personal
      .map(({ value }) => value)
      .filter((value) => typeof value === 'string' && value.includes(' '));
    expect(texts.filter((value) => text.includes(String(value)))).toEqual([]);
  });

  it("returns all values of Amazon's examples", async ({ server }) => {
    const orders = exampleOrders(model());
    expect(orders.length).toBeGreaterThan(5);
    for (const sent of orders) {
      const id = await save(server.database, sent);
      const answer = await server.ask(EVERY_FIELD, { id }, server.viewer);
      expect(missing(sent, answer.data)).toEqual([]);
    }
  });
});

describe('a selection', () => {
  it('of any single field reads what the field needs', async ({ server }) => {
    const id = await save(server.database, SMALL_ORDER);
    const fields = singleFields(AmazonOrder);
    for (let at = 0; at < fields.length; at += MAX_ALIASES) {
      const roots = fields
        .slice(at, at + MAX_ALIASES)
        .map((field, index) => `f${index}: order(amazonOrderId: $id) { ${field} }`);
      const answer = await server.ask(`query ($id: String!) { ${roots.join(' ')} }`, { id }, server.owner);
      expect(answer.errors).toBeUndefined();
    }
  });
});

const MAX_ALIASES = 30;

function singleFields(type: GraphQLObjectType): string[] {
  return Object.values(type.getFields()).flatMap(({ name, type: fieldType }) => {
    const named = getNamedType(fieldType);
    // Contains the order again.
    if (name === 'changes') return ['changes { nodes { kinds } }'];
    if (isScalarType(named)) return [name];
    return isObjectType(named) ? singleFields(named).map((inner) => `${name} { ${inner} }`) : [name];
  });
}

const SMALL_ORDER = {
  orderId: '111-0000000-0000001',
  createdTime: '2026-11-01T10:00:00Z',
  lastUpdatedTime: '2026-11-02T10:00:00Z',
  salesChannel: { channelName: 'AMAZON', marketplaceId: 'ATVPDKIKX0DER' },
  fulfillment: { fulfillmentStatus: 'SHIPPED' },
  orderItems: [{ orderItemId: '1', quantityOrdered: 1, product: {} }],
};
