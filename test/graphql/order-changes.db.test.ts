import { isDeepStrictEqual } from 'node:util';
import type { GraphQLObjectType } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { createSchema } from '../../src/graphql/schema.js';
import { type ChangePosition, readHead } from '../../src/mirror/read/order-changes.js';
import { deleteOldChanges } from '../../src/mirror/write/delete-old-changes.js';
import type { OrderRow } from '../../src/mirror/write/order-rows.js';
import { saveOrders, writeOrders } from '../../src/mirror/write/save-orders.js';
import { savePage } from '../../src/sync/read/save-page.js';
import { claimedRun, emptyPage } from '../helpers/claimed-run.js';
import { everyFieldOf } from '../helpers/every-field.js';
import { it } from '../helpers/fixtures.js';
import { batchesOf, eachOnce, randomRows } from '../helpers/random-rows.js';
import { databaseKind } from '../helpers/with-database.js';
import type { TestServer } from '../helpers/with-server.js';
import { emptyMirror } from '../helpers/with-sync.js';

let server: TestServer;

it.beforeAll(({ server: started }) => {
  server = started;
});
beforeEach(() => emptyMirror(server.database));

interface Change {
  readonly id: string;
  readonly cursor: string;
  readonly kinds: readonly string[];
  readonly source: string;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly fromStatus: string | null;
  readonly toStatus: string | null;
  readonly changedFields: readonly string[];
}

const FIELDS =
  'id cursor at kinds source amazonOrderId marketplaceId fromStatus toStatus changedFields order { amazonOrderId }';
const PAGE = `query ($first: Int, $after: String, $last: Int, $before: String, $kinds: [OrderChangeKind!], $id: String) {
  orderChanges(first: $first, after: $after, last: $last, before: $before, kinds: $kinds, amazonOrderId: $id) {
    nodes { ${FIELDS} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

async function ask<Data>(query: string, variables: object = {}): Promise<Data> {
  const { data, errors } = await server.ask(query, variables as Record<string, unknown>, server.owner);
  expect(errors).toBeUndefined();
  return data as Data;
}

interface Page {
  readonly nodes: Change[];
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

const page = async (variables: object = {}) => (await ask<{ orderChanges: Page }>(PAGE, variables)).orderChanges;

const save = (rows: readonly OrderRow[], options: { includeItems?: boolean; at?: Date } = {}) =>
  writeOrders(server.database, (sql) =>
    saveOrders(sql, rows, { includeItems: true, at: new Date(), changeSource: 'SYNC', ...options }),
  );

type Fields = Readonly<Record<string, unknown>>;
type Shown = Fields & { readonly id: string; readonly amazonOrderId: string; readonly items: readonly Fields[] };

const AmazonOrder = createSchema().getType('AmazonOrder') as GraphQLObjectType;
const ALL_ORDERS = `{ orders(first: 20) { nodes { ${everyFieldOf(AmazonOrder, ['changes', 'rejectedVersion'])} } } }`;

const allOrders = async () =>
  new Map(
    (await ask<{ orders: { nodes: Shown[] } }>(ALL_ORDERS)).orders.nodes.map((order) => [order.id, order] as const),
  );

/** Names of the fields whose value differs between two answers of the API. */
function differences(before: Shown, after: Shown): string[] {
  const differing = (one: Fields, other: Fields, without: readonly string[]) =>
    Object.keys(one).filter((name) => !without.includes(name) && !isDeepStrictEqual(one[name], other[name]));
  const fields = new Set(differing(before, after, ['items', 'rawPayload']));
  const idOf = ({ orderItemId }: Fields) => orderItemId;
  for (const item of after.items) {
    const stored = before.items.find((each) => idOf(each) === idOf(item));
    const ofItem = stored ? differing(stored, item, ['id', 'amazonOrderId', 'marketplaceId', 'rawPayload']) : [];
    for (const name of ofItem) fields.add(`items.${name}`);
    if (!stored) fields.add('items');
    else if (ofItem.length === 0 && !isDeepStrictEqual(stored.rawPayload, item.rawPayload))
      fields.add('items.rawPayload');
  }
  if (before.items.some((item) => !after.items.some((each) => idOf(each) === idOf(item)))) fields.add('items');
  const isExplained = [...fields].some((name) => name !== 'lastUpdateDate');
  if (!isExplained && !isDeepStrictEqual(before.rawPayload, after.rawPayload)) fields.add('rawPayload');
  return [...fields].sort();
}

describe('the changes that a merge records', () => {
  it.each(databaseKind === 'pglite' ? [1] : [2, 3])(
    'are the differences that the API shows, in the order of the page: seed %i',
    async (seed) => {
      let before = await allOrders();
      let cursor: string | undefined;
      let count = 0;
      for (const batch of batchesOf(randomRows(seed, 60, 20))) {
        await save(batch, { includeItems: count % 4 !== 3 });
        count += 1;
        const after = await allOrders();
        const expected = new Map<string, string[]>();
        for (const [id, order] of after) {
          const stored = before.get(id);
          const fields = stored ? differences(stored, order) : [];
          if (!stored || fields.length > 0) expected.set(order.amazonOrderId, fields);
        }
        const { nodes, pageInfo } = await page({ first: 200, after: cursor });
        const recorded = nodes.map((change) => [change.amazonOrderId, [...change.changedFields].sort()] as const);
        expect(new Map(recorded)).toEqual(expected);
        expect(recorded).toHaveLength(expected.size);
        const places = batch.map(({ amazonOrderId }) => amazonOrderId);
        expect(recorded.map(([id]) => id)).toEqual(places.filter((id) => expected.has(id)));
        for (const change of nodes) {
          const order = [...after.values()].find(({ amazonOrderId }) => amazonOrderId === change.amazonOrderId);
          const stored = before.get(order?.id ?? '');
          expect(change).toMatchObject({
            marketplaceId: order?.marketplaceId,
            fromStatus: stored?.orderStatus ?? null,
            toStatus: order?.orderStatus,
            kinds: kindsOf(change, stored !== undefined),
          });
        }
        before = after;
        cursor = pageInfo.endCursor;
      }
      expect(count).toBeGreaterThan(5);
    },
    30_000,
  );

  function kindsOf({ changedFields, fromStatus, toStatus }: Change, isKnown: boolean): string[] {
    if (!isKnown) return toStatus === 'CANCELLED' ? ['CREATED', 'CANCELLED'] : ['CREATED'];
    const has = (pattern: RegExp) => changedFields.some((name) => pattern.test(name));
    const price = /^(orderTotal|proceeds)$|^items\..*(Price|[tT]ax|[dD]iscount|codFee|proceeds)$/;
    const rest = changedFields.filter(
      (name) => !/^(orderStatus|items|items.quantityOrdered|lastUpdateDate)$/.test(name) && !price.test(name),
    );
    return [
      ...(has(/^orderStatus$/) ? ['STATUS'] : []),
      ...(has(/^items(\.quantityOrdered)?$/) ? ['ITEMS'] : []),
      ...(has(price) ? ['PRICE'] : []),
      ...(toStatus === 'CANCELLED' && fromStatus !== 'CANCELLED' ? ['CANCELLED'] : []),
      ...(rest.length > 0 || changedFields.every((name) => name === 'lastUpdateDate') ? ['OTHER'] : []),
    ];
  }

  it('are none without a source, of unchanged orders, and of a dry run', async () => {
    const rows = eachOnce(randomRows(4, 50));
    const options = { includeItems: true, at: new Date() };
    const history = { ...options, changeSource: null };
    await writeOrders(server.database, (sql) => saveOrders(sql, rows.slice(0, 5), history));
    await writeOrders(server.database, (sql) =>
      saveOrders(sql, rows.slice(0, 5), { ...history, rewriteUnchanged: true }),
    );
    await save(rows.slice(0, 5));
    const run = await claimedRun(server.database, { dryRun: true });
    await savePage(server.database, run, { ...emptyPage(), rows });
    expect((await page()).nodes).toEqual([]);
    // As an earlier version of the program left it, before it had a column.
    await server.database.query(
      'UPDATE amazon_order SET mapping_version = 1, marketplace_name = NULL, programs = NULL',
    );
    await save(rows.slice(0, 5));
    expect((await page()).nodes).toEqual([]);
    await save(rows.slice(0, 6));
    expect((await page()).nodes).toMatchObject([{ fromStatus: null, amazonOrderId: rows[5]?.amazonOrderId }]);
  });

  it('include the row of an order that is deleted because another one has the same id', async () => {
    const [row] = randomRows(6, 1);
    if (!row) throw new Error('There is no row.');
    await save([row]);
    // As early versions of the program stored it.
    await server.database.query(
      `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status,
                                 channel_name, raw_payload, content_hash)
       VALUES ($1, 'OTHER', now(), '2000-01-01', 'PENDING', 'AMAZON', '{}', 'none')`,
      [row.amazonOrderId],
    );
    const { pageInfo } = await page();
    const newer = { ...row, lastUpdateDate: new Date(row.lastUpdateDate.getTime() + 1_000), contentHash: 'new' };
    await save([newer]);
    const { nodes } = await page({ after: pageInfo.endCursor });
    const both = { amazonOrderId: row.amazonOrderId, kinds: ['OTHER'] };
    expect(nodes).toMatchObject([
      { ...both, marketplaceId: row.marketplaceId, changedFields: ['lastUpdateDate'], order: {} },
      { ...both, marketplaceId: 'OTHER', changedFields: ['marketplaceId'], toStatus: null, order: null },
    ]);
  });
});

describe('orderChanges', () => {
  const rows = eachOnce(randomRows(7, 50)).slice(0, 6);
  const cancelled = rows.slice(0, 2).map((row) => ({
    ...row,
    orderStatus: row.orderStatus === 'CANCELLED' ? 'SHIPPED' : 'CANCELLED',
    lastUpdateDate: new Date(row.lastUpdateDate.getTime() + 1_000),
    contentHash: 'changed',
  }));

  beforeEach(async () => {
    await save(rows);
    await save(cancelled);
  });

  it('pages through the changes in the order of commits, from both ends', async () => {
    const all = (await page()).nodes;
    expect(all).toHaveLength(8);
    expect(all.map(({ amazonOrderId }) => amazonOrderId)).toEqual(
      [...rows, ...cancelled].map(({ amazonOrderId }) => amazonOrderId),
    );
    const first = await page({ first: 3 });
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: all[0]?.cursor,
      endCursor: all[2]?.cursor,
    });
    expect((await page({ first: 3, after: first.pageInfo.endCursor })).nodes).toEqual(all.slice(3, 6));
    const last = await page({ last: 3 });
    expect(last.nodes).toEqual(all.slice(5));
    expect(last.pageInfo).toMatchObject({ hasPreviousPage: true, endCursor: all[7]?.cursor });
    expect((await page({ last: 3, before: all[5]?.cursor })).nodes).toEqual(all.slice(2, 5));
    const viewer = await server.ask('{ orderChanges { nodes { kinds order { amazonOrderId } } } }', {}, server.viewer);
    expect(viewer.errors).toBeUndefined();
  });

  it('filters by kind and by order, and then ends with a cursor after all changes', async () => {
    const all = (await page()).nodes;
    for (const kinds of [['CANCELLED'], ['ITEMS', 'PRICE'], ['STATUS'], ['CREATED', 'CANCELLED'], []]) {
      const found = await page({ kinds });
      expect(found.nodes).toEqual(all.filter((change) => change.kinds.some((kind) => kinds.includes(kind))));
      expect(found.pageInfo.endCursor).toBe(all[7]?.cursor);
    }
    const id = rows[1]?.amazonOrderId;
    const ofOrder = (await page({ id })).nodes;
    expect(ofOrder).toEqual(all.filter(({ amazonOrderId }) => amazonOrderId === id));
    expect(ofOrder).toHaveLength(2);
    const { order } = await ask<{ order: { changes: Page } }>(
      `query ($id: String!) { order(amazonOrderId: $id) { changes { nodes { ${FIELDS} } } } }`,
      { id },
    );
    expect(order.changes.nodes).toEqual(ofOrder);
    const [{ id: nodeId }] = ofOrder as [Change];
    expect(
      await ask(`query ($id: ID!) { node(id: $id) { ... on OrderChange { ${FIELDS} } } }`, { id: nodeId }),
    ).toEqual({
      node: ofOrder[0],
    });
  });

  it('refuses a cursor of which changes are missing, and keeps one that has all', async () => {
    const refusal = async (after: unknown) =>
      (await server.ask(PAGE, { after }, server.owner)).errors?.map(({ extensions }) => extensions?.code);
    const all = (await page()).nodes;
    const at = (days: number) => new Date(Date.now() + days * 86_400_000);
    const day = 86_400_000;
    await save([{ ...(cancelled[1] as OrderRow), contentHash: 'later', orderStatus: 'LATER' }], { at: at(50) });
    await deleteOldChanges(server.database, { now: at(100), keepMs: 60 * day });
    expect((await page()).nodes).toHaveLength(9);
    // A clock that is ahead deletes nothing but what is old beside the newest change.
    await deleteOldChanges(server.database, { now: at(10_000), keepMs: 40 * day });
    expect((await page()).nodes.map(({ cursor }) => cursor)).toEqual([all[7]?.cursor, expect.any(String)]);
    expect((await page({ after: all[7]?.cursor })).nodes).toHaveLength(1);
    expect(await refusal(all[6]?.cursor)).toEqual(['CURSOR_EXPIRED']);

    expect(await refusal('nonsense')).toEqual(['BAD_USER_INPUT']);
    // Another change has the id: the database was restored, and went on.
    await server.database.query(`UPDATE order_change SET at = at + interval '1 second'`);
    expect(await refusal(all[7]?.cursor)).toEqual(['CURSOR_EXPIRED']);
    await server.database.query('DELETE FROM order_change');
    expect(await refusal(all[7]?.cursor)).toEqual(['CURSOR_EXPIRED']);
  });
});

describe('orderChanged', () => {
  const SUBSCRIPTION = `subscription ($after: String, $kinds: [OrderChangeKind!]) {
    orderChanged(after: $after, kinds: $kinds) { ${FIELDS} } }`;
  const clients: Client[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
  });

  function follow(variables: Record<string, unknown> = {}, authorization = server.viewer) {
    const client = createClient({
      url: server.webSocketUrl,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization },
    });
    clients.push(client);
    const events = client.iterate<{ orderChanged: Change }>({ query: SUBSCRIPTION, variables });
    return {
      next: async (count: number) => {
        const changes: Change[] = [];
        while (changes.length < count) {
          const { value, done } = await events.next();
          if (done) throw new Error('The subscription has ended.');
          if (value.errors) throw new Error(String(value.errors[0]?.extensions?.code));
          changes.push(value.data?.orderChanged as Change);
        }
        return changes;
      },
    };
  }

  const rows = eachOnce(randomRows(8, 2_000));

  it('sends what is missing and then what is new, once each, while others commit', async () => {
    await save(rows.slice(0, 250));
    const [start] = (await page({ first: 1 })).nodes;
    const all = [follow({ after: start?.cursor }), follow({ after: start?.cursor }, server.owner)];
    const writing = (async () => {
      for (let from = 250; from < 310; from += 5) await save(rows.slice(from, from + 5));
    })();
    const received = await Promise.all(all.map(({ next }) => next(309)));
    await writing;
    const expected = (await page({ first: 200, after: start?.cursor })).nodes;
    const rest = (await page({ first: 200, after: expected.at(-1)?.cursor })).nodes;
    for (const changes of received) expect(changes).toEqual([...expected, ...rest]);
  });

  it('sends changes of some kinds only', async () => {
    await save(rows.slice(0, 5));
    const head = (await page({ last: 1 })).pageInfo.endCursor;
    const later = (row: OrderRow, seconds: number, orderStatus: string) => ({
      ...row,
      orderStatus,
      lastUpdateDate: new Date(row.lastUpdateDate.getTime() + seconds * 1_000),
      contentHash: `${seconds}`,
    });
    const [first, second] = rows as [OrderRow, OrderRow];
    const follower = follow({ after: head, kinds: ['CANCELLED'] });
    await save([later(first, 1, 'SHIPPED'), later(second, 1, 'UNSHIPPED')]);
    await save([later(first, 2, 'CANCELLED')]);
    await save([later(second, 2, 'CANCELLED')]);
    const changes = await follower.next(2);
    expect(changes.map(({ amazonOrderId }) => amazonOrderId)).toEqual([first.amazonOrderId, second.amazonOrderId]);
  });

  it('begins with what is committed after the subscription, without a cursor; also by server-sent events', async () => {
    await save(rows.slice(0, 5));
    const response = await fetch(server.graphqlUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: server.viewer },
      body: JSON.stringify({ query: 'subscription { orderChanged { amazonOrderId } }' }),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    const received = (): readonly string[] => text.match(/\d{3}-\d{7}-\d{7}/g) ?? [];
    for (let from = 5; from < 15; from += 1) await save(rows.slice(from, from + 1));
    while (received().length < 10) text += Buffer.from((await reader.read()).value ?? []).toString();
    await reader.cancel();
    expect(received()).toEqual(rows.slice(5, 15).map(({ amazonOrderId }) => amazonOrderId));
  });

  it('costs one read of the changes and one of the order for all followers at the head', async () => {
    await save(rows.slice(0, 1));
    const head = (await page({ last: 1 })).pageInfo.endCursor;
    const all = Array.from({ length: 40 }, () => follow({ after: head }));
    const readsOf = async (from: number) => {
      server.statements.length = 0;
      const changes = Promise.all(all.map(({ next }) => next(1)));
      await save(rows.slice(from, from + 1));
      await changes;
      const reads = (pattern: RegExp) => server.statements.filter((text) => pattern.test(text)).length;
      return {
        ofChanges: reads(/FROM order_change WHERE id > \$1/),
        ofOrder: reads(/FROM amazon_order AS o WHERE o.id/),
      };
    };
    await readsOf(1);
    const { ofChanges, ofOrder } = await readsOf(2);
    expect(ofChanges).toBe(1);
    expect(ofOrder).toBeLessThan(8);
  });

  it('ends with CURSOR_EXPIRED for a reader so slow that changes were deleted before it', async () => {
    const { database } = server;
    const end = new AbortController();
    const changes = (after: ChangePosition | null) => server.api.changes.follow({ after, kinds: null }, end.signal);
    const readAll = async (from: AsyncIterable<unknown>) => {
      let count = 0;
      try {
        for await (const _ of from) count += 1;
      } catch (error) {
        return [count, (error as { code?: string }).code];
      }
      return [count];
    };
    await save(rows.slice(0, 250));
    const slow = changes(null);
    await slow.next();
    await database.query('DELETE FROM order_change WHERE id < (SELECT max(id) FROM order_change)');
    // It has a page in memory.
    expect(await readAll(slow)).toEqual([199, 'CURSOR_EXPIRED']);

    const waiting = changes(await readHead(database));
    const all = readAll(waiting);
    await writeOrders(database, async (sql) => {
      await sql.query('DELETE FROM order_change');
      await saveOrders(sql, rows.slice(250, 253), { includeItems: true, at: new Date(), changeSource: 'SYNC' });
    });
    expect(await all).toEqual([0, 'CURSOR_EXPIRED']);
    end.abort();
  });

  it('ends with CURSOR_EXPIRED for a cursor that is too old, and with the session', async () => {
    await save(rows.slice(0, 3));
    const [first] = (await page()).nodes;
    await server.database.query('DELETE FROM order_change WHERE id < (SELECT max(id) FROM order_change)');
    await expect(follow({ after: first?.cursor }).next(1)).rejects.toThrow('CURSOR_EXPIRED');
    await expect(follow({ after: 'nonsense' }).next(1)).rejects.toThrow('BAD_USER_INPUT');
    const ending = follow({}, await server.expiringToken(1));
    await expect(ending.next(1)).rejects.toThrow();
  });
});
