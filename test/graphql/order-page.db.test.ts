import { beforeAll, expect, it } from 'vitest';
import { random as randomOf } from '../../src/simulator/random.js';
import { DE, JP, seedOrders, US } from '../helpers/seed-orders.js';
import { withServer } from '../helpers/with-server.js';

const server = withServer();
beforeAll(async () => {
  await seedOrders(server.database, 120);
  await makeOdd();
});

/** Texts and amounts that are written differently from others. */
async function makeOdd() {
  const odd = ['a "quote" and a \\', 'ünïcödé 🎈 \u2028', 'tab\tnew\nline\u0001', '', '</script>', "it's"];
  const money: [string, string][] = [
    ['5980', 'JPY'],
    ['12.5', 'JPY'],
    ['1.5', 'BHD'],
    ['99.90000', 'USD'],
    ['-3', 'EUR'],
    ['7', 'XXX'],
    ['7', 'ZZZ'],
    ['8', 'usd'],
    ['0', 'CLF'],
    ['12345678901234567890.1', 'USD'],
  ];
  const { database } = server;
  const rows = await database.query<{ id: bigint }>('SELECT id FROM amazon_order ORDER BY id');
  for (const [index, { id }] of rows.entries()) {
    const [amount, currency] = money[index % money.length] ?? [];
    const text = odd[index % odd.length];
    if (index % 4 === 0)
      await database.query(
        'UPDATE amazon_order SET order_total_amount = $2, order_total_currency = $3, fulfilled_by = $4 WHERE id = $1',
        [String(id), amount, currency, index % 8 === 0 ? text : null],
      );
    if (index % 3 === 0)
      await database.query(
        `UPDATE amazon_order_item SET title = $2, seller_sku = NULL, item_price_amount = $3, item_price_currency = $4
         WHERE order_id = $1`,
        [String(id), text, index % 2 ? null : amount, index % 2 ? null : currency],
      );
    if (index % 7 === 0) await database.query('DELETE FROM amazon_order_item WHERE order_id = $1', [String(id)]);
  }
}

const isOwnWay = (statement: string) => statement.includes('string_agg') || statement.includes('AS json0');

/** Asked for one thing more, a page goes GraphQL's own way. */
async function bothWays(query: string, variables: Record<string, unknown> = {}, authorization = server.viewer) {
  server.statements.length = 0;
  const short = await server.ask(query, variables, authorization);
  const own = server.statements.some(isOwnWay);
  server.statements.length = 0;
  const plain = await server.ask(query.replace('{', '{ plain: __typename '), variables, authorization);
  expect(server.statements.filter(isOwnWay)).toEqual([]);
  return { own, short, plain };
}

const MONEY = ['amount', 'currencyCode', '__typename', 'much: amount'];
const ITEM = [
  'id',
  'orderItemId',
  'amazonOrderId',
  'marketplaceId',
  'sellerSku',
  'asin',
  'title',
  'name: title',
  'quantityOrdered',
  '__typename',
];
const ORDER = [
  'id',
  'amazonOrderId',
  'marketplaceId',
  'purchaseDate',
  'bought: purchaseDate',
  'lastUpdateDate',
  'orderStatus',
  'fulfilledBy',
  '__typename',
];

it('is the same, asked for at random, as GraphQL makes it field by field', async () => {
  const { fraction: random } = randomOf(5);
  const some = (all: readonly string[]) => {
    const chosen = all.filter(() => random() < 0.4);
    return (chosen.length > 0 ? chosen : all).join(' ');
  };
  const maybe = (text: string) => (random() < 0.6 ? text : '');
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const item = () => `${some(ITEM)} ${maybe(`itemPrice { ${some(MONEY)} }`)}`;
  const order = () =>
    `${some(ORDER)} ${maybe(`orderTotal { ${some(MONEY)} }`)} ${maybe(`items { ${item()} }`)} ${maybe('...F')} ${maybe(`... on AmazonOrder { more: items { ${item()} } }`)}`;
  let cursor: string | null = null;
  for (let round = 0; round < 150; round++) {
    const body = `${maybe('totalCount')} ${maybe('__typename')} ${maybe(`nodes { ${order()} }`)}
      ${maybe(`edges { cursor __typename node { ${order()} } also: node { ${order()} } }`)}
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage __typename }`;
    const query = `query Q($first: Int, $last: Int, $after: String, $before: String, $filter: OrderFilter, $orderBy: OrderSort) {
      ${maybe('list:')} orders(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy) { ${body} }
    } ${body.includes('...F') ? 'fragment F on AmazonOrder { word: orderStatus }' : ''}`;
    const end = random() < 0.5;
    const variables = {
      [end ? 'last' : 'first']: oneOf([0, 1, 7, 50, 200, null]),
      ...(random() < 0.5 ? { [end ? 'before' : 'after']: cursor } : {}),
      filter: oneOf([
        null,
        {},
        { statuses: ['SHIPPED'] },
        { statuses: ['SHIPPED', 'PENDING'], marketplaceIds: [US, DE] },
        { marketplaceIds: [JP] },
        { statuses: [] },
        { search: 'sku_1' },
        { purchasedAfter: '2026-01-01T01:00:00Z', purchasedBefore: '2026-01-01T03:00:00+00:00' },
        { updatedAfter: '2026-03-01T02:00:00Z' },
      ]),
      orderBy: oneOf([null, { field: 'LAST_UPDATE_DATE' }, { direction: 'ASC' }]),
    };
    const { own, short, plain } = await bothWays(query, variables);
    if (short.errors) {
      expect(short.errors.map(({ message }) => message)).toEqual(plain.errors?.map(({ message }) => message));
      cursor = null;
      continue;
    }
    const { plain: _plain, ...data } = plain.data ?? {};
    expect(JSON.stringify(short.data), query).toBe(JSON.stringify(data));
    if (body.includes('node')) expect(own).toBe(true);
    cursor = (Object.values(data)[0] as { pageInfo: { endCursor: string | null } }).pageInfo.endCursor;
  }
}, 120_000);

const LIST = 'nodes { amazonOrderId items { asin } }';

it('takes one statement beside the one that asks who it is for', async () => {
  await bothWays(`{ orders { ${LIST} } }`);
  server.statements.length = 0;
  await server.ask(`{ orders(first: 200) { ${LIST} pageInfo { endCursor } } }`, {}, server.viewer);
  expect(server.statements.filter((statement) => !statement.includes('users'))).toHaveLength(1);
  expect(server.statements).toHaveLength(2);
});

it.each([
  ['a page too large', `{ orders(first: 201) { ${LIST} } }`, {}],
  ['two ends at once', `{ orders(first: 1, last: 1) { ${LIST} } }`, {}],
  ['a cursor that is none', `{ orders(after: "x") { ${LIST} } }`, {}],
  ['a variable of another type', `query ($n: Int) { orders(first: $n) { ${LIST} } }`, { n: 'x' }],
  [
    'a date that is none',
    `query ($f: OrderFilter) { orders(filter: $f) { ${LIST} } }`,
    { f: { updatedAfter: '2026' } },
  ],
  [
    'text that the database refuses',
    `query ($f: OrderFilter) { orders(filter: $f) { ${LIST} } }`,
    { f: { search: '\0' } },
  ],
  ["an owner's field", '{ orders(first: 1) { nodes { rawPayload } } }', {}],
])('refuses as GraphQL does: %s', async (_what, query, variables) => {
  const { short, plain } = await bothWays(query, variables);
  expect(short.errors).toBeDefined();
  const told = (answer: typeof short) =>
    answer.errors?.map(({ message, path, extensions }) => ({ message, path, extensions }));
  expect(told(short)).toEqual(told(plain));
});

it('is for who is signed in', async () => {
  const { own, short } = await bothWays(`{ orders { ${LIST} } }`, {}, 'Bearer nonsense');
  expect(own).toBe(false);
  expect(short.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
});

it.each([
  [
    '@skip',
    `query ($no: Boolean = true) { orders(first: 1) { nodes { amazonOrderId asin: orderStatus @skip(if: $no) } } }`,
  ],
  [
    '@include on a fragment',
    `query ($no: Boolean = false) { orders(first: 1) { nodes { amazonOrderId ...F @include(if: $no) } } } fragment F on AmazonOrder { orderStatus }`,
  ],
  ['merged fields', '{ orders(first: 1) { nodes { items { asin } items { title } } } }'],
  ['an interface', '{ orders(first: 1) { nodes { amazonOrderId ... on Node { id } } } }'],
])('leaves to GraphQL: %s', async (_what, query) => {
  const { own, short, plain } = await bothWays(query);
  expect(own).toBe(false);
  expect(short.errors).toBeUndefined();
  expect(short.data?.orders).toEqual(plain.data?.orders);
});
