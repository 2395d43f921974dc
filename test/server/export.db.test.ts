import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, onTestFinished, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { requestBudget } from '../../src/graphql/limits/request-budget.js';
import { itemColumns, orderColumns } from '../../src/mirror/export/columns.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { createServer } from '../../src/server/http/server.js';
import { parseCsv } from '../helpers/csv.js';
import { it } from '../helpers/fixtures.js';
import { DE, JP, seedOrders } from '../helpers/seed-orders.js';
import { lockTable } from '../helpers/table-lock.js';
import { databaseKind } from '../helpers/with-database.js';
import { send, type TestServer } from '../helpers/with-server.js';

const ORDERS = 3_000;
const SERVER = { host: '127.0.0.1', port: 0, servesApi: true };
const patiently = { interval: 20, timeout: 60_000 };
/** Texts that break CSV, or that a spreadsheet would run. */
const TITLES = [
  'plain, with a comma',
  'a "quoted" word',
  'two\r\nlines\nand more',
  '',
  'naïve 🧦 日本語 עברית',
  "=cmd|' /C calc'!A0",
  '+1',
  '-1+1|x',
  '@SUM(A1)',
  '\t=1',
  ' \r=1',
  '＝1+1',
  '－1',
  '＋1',
  '＠a',
  "'=1",
  'select',
  '7" tablet',
];
const GUARDED = new Set(TITLES.filter((title) => /^\s*[=+@＝＋＠－-]/.test(title)));
const AWKWARD = '902-0000000-0000001';

let server: TestServer;
let database: Database;
let address: string;

it.beforeAll(async ({ server: started, store }) => {
  server = started;
  database = started.database;
  address = store.config.kind === 'postgres' ? store.config.url : '';
  await seedOrders(database, ORDERS);
  await database.query(`UPDATE amazon_order SET fulfilled_by = 'MERCHANT' WHERE id % 100 = 2`);
  await database.query(
    `INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, channel_name,
       order_total_amount, order_total_currency, raw_payload, content_hash, programs, ship_by_latest, notes)
     VALUES ($1, '${JP}', '2025-12-31T15:30:00.120Z', '2026-01-02T00:00:00Z', 'SHIPPED', 'AMAZON', -1234567890123456.789,
       'USD', '{"secret": 1}', 'hash', '{PRIME,"=A"}', '2026-01-03T00:00:00Z', '{}')`,
    [AWKWARD],
  );
  await database.query(
    `INSERT INTO amazon_order_item (order_id, order_item_id, amazon_order_id, marketplace_id, seller_sku, title,
       quantity_ordered, item_price_amount, item_price_currency, discount_amount, serial_numbers, raw_payload)
     SELECT o.id, 'T' || lpad(place::text, 2, '0'), o.amazon_order_id, o.marketplace_id, title, title, place, 0.10 * place,
       'USD', -0.5, ARRAY[title, 'x'], '{}'
       FROM amazon_order AS o, unnest($2::text[]) WITH ORDINALITY AS t (title, place)
      WHERE o.amazon_order_id = $1`,
    [AWKWARD, TITLES],
  );
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  send(`${server.url}${path}`, method, { authorization: server.viewer, ...headers });

/** Starts a download that reads nothing yet. Waits for exports of tests before to end. */
async function open(path: string, base = server.url, authorization = server.viewer): Promise<IncomingMessage> {
  return vi.waitFor(async () => {
    const response = await start(path, base, authorization);
    expect(response.statusCode).toBe(200);
    return response;
  }, patiently);
}

async function start(path: string, base: string, authorization: string): Promise<IncomingMessage> {
  const request = httpRequest(`${base}${path}`, { headers: { authorization } });
  request.on('error', () => {});
  onTestFinished(() => void request.destroy());
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  return response;
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

/** Reads a download to its end. Returns whether it was whole. */
async function isWhole(response: IncomingMessage): Promise<boolean> {
  try {
    for await (const _ of response);
    return true;
  } catch {
    return false;
  }
}

const lines = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** 15 MB: more than sockets buffer. */
const LARGE = '/export/order-items.ndjson';
/** SQL: the sessions of exports. */
const SNAPSHOTS = `FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`;
const snapshots = () => database.query(`SELECT state ${SNAPSHOTS} AND state <> 'idle'`);
const awkward = (file: string) => `/export/${file}?search=${AWKWARD}`;

describe('a CSV file', () => {
  it('has one row an item, and makes formulas harmless', async () => {
    const { status, headers, text } = await get(awkward('order-items.csv'));
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toMatch(
      /^attachment; filename="ordermirror-order-items-\d{4}-\d\d-\d\d\.csv"$/,
    );
    expect(text.split('\r\n', 1)[0]).toBe(itemColumns.map(({ name }) => name).join(','));
    const rows = parseCsv(text);
    expect(rows.map(({ title }) => title)).toEqual(TITLES.map((title) => (GUARDED.has(title) ? `'${title}` : title)));
    expect(rows.map(({ seller_sku }) => seller_sku)).toEqual(rows.map(({ title }) => title));
    expect(rows[5]).toMatchObject({
      amazon_order_id: AWKWARD,
      purchase_date: '2025-12-31T15:30:00.12Z',
      purchase_date_local: '2026-01-01',
      quantity_ordered: '6',
      item_price_amount: '0.60',
      discount_amount: '-0.5',
      serial_numbers: "'=cmd|' /C calc'!A0|x",
      asin: null,
    });
    for (const cell of text.split(/(?<=[,\n])(?=")|,/)) expect(cell).not.toMatch(/^"?\s*[=+@＝＋＠－]/);
  });

  it('has one row an order, with exact numbers', async () => {
    const { text } = await get(awkward('orders.csv'));
    expect(text.split('\r\n', 1)[0]).toBe(orderColumns.map(({ name }) => name).join(','));
    expect(parseCsv(text)).toMatchObject([
      { order_total_amount: '-1234567890123456.789', programs: 'PRIME|=A', notes: '', ship_by_earliest: null },
    ]);
    expect(text).not.toContain('secret');
  });

  it('has only a header if nothing matches', async () => {
    const { status, text } = await get('/export/orders.csv?statuses=NONE');
    expect([status, text.split('\r\n').length]).toEqual([200, 2]);
  });

  it('is compressed where that is asked for', async () => {
    const plain = await get('/export/orders.csv');
    const { headers, body } = await get('/export/orders.csv', { 'accept-encoding': 'gzip, br' });
    expect([headers['content-encoding'], headers.vary]).toEqual(['gzip', 'accept-encoding']);
    expect(gunzipSync(body).toString()).toBe(plain.text);
    expect(parseCsv(plain.text)).toHaveLength(ORDERS + 1);
  });
});

it('NDJSON has typed values and exact amounts', async () => {
  const [order] = lines((await get(awkward('orders.ndjson'))).text);
  expect(Object.keys(order ?? {})).toEqual(orderColumns.map(({ name }) => name));
  expect(order).toMatchObject({
    order_total_amount: '-1234567890123456.789',
    programs: ['PRIME', '=A'],
    purchase_date: '2025-12-31T15:30:00.12Z',
    fulfilled_by: null,
  });
  const items = lines((await get(awkward('order-items.ndjson'))).text);
  expect(items.map(({ title, quantity_ordered: quantity }) => ({ title, quantity }))).toEqual(
    TITLES.map((title, place) => ({ title, quantity: place + 1 })),
  );
});

describe('a Parquet file', () => {
  /** Reads a file; decimals as the whole numbers that it stores, of which hyparquet would make inexact ones. */
  const read = async (path: string) => {
    const { body } = await get(path);
    const file = body.buffer.slice(body.byteOffset, body.byteOffset + body.length) as ArrayBuffer;
    const metadata = parquetMetadata(file);
    for (const element of metadata.schema) {
      if (element.converted_type !== 'DECIMAL') continue;
      expect(element).toMatchObject({ precision: 38, scale: 9 });
      delete element.converted_type;
      delete element.logical_type;
    }
    return parquetReadObjects({ file, metadata, utf8: false });
  };
  const stored = (decimal: string) => {
    const [whole = '', fraction = ''] = decimal.split('.');
    const bytes = Buffer.alloc(16);
    bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(whole + fraction.padEnd(9, '0')) >> 64n));
    bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(whole + fraction.padEnd(9, '0'))), 8);
    return new Uint8Array(bytes);
  };

  it.each([
    ['orders', orderColumns, ''],
    ['order-items', itemColumns, `?search=${AWKWARD}`],
  ] as const)('of %s has the values of NDJSON', async (file, columns, query) => {
    const expected = lines((await get(`/export/${file}.ndjson${query}`)).text).map((row) =>
      Object.fromEntries(
        columns.map(({ name, type }) => {
          const value = row[name];
          if (value === null) return [name, type === 'list' ? undefined : null];
          if (type === 'decimal') return [name, stored(value as string)];
          if (type === 'integer') return [name, BigInt(value as number)];
          return [name, ['instant', 'date'].includes(type) ? new Date(value as string) : value];
        }),
      ),
    );
    const rows = await read(`/export/${file}.parquet${query}`);
    expect(rows).toHaveLength(expected.length);
    const other = rows.findIndex((row, place) => !isDeepStrictEqual(row, expected[place]));
    expect(rows[other]).toEqual(expected[other]);
  });

  it('can be empty', async () => {
    expect(await read('/export/orders.parquet?statuses=NONE')).toEqual([]);
  });

  it('is cut rather than rounded', async () => {
    const [row] = await database.query<{ id: string }>(
      `UPDATE amazon_order_item SET measurement_value = 0.1234567891 WHERE order_item_id = 'T01' RETURNING id::text`,
    );
    await expect(get(awkward('order-items.parquet'))).resolves.toMatchObject({ status: 500 });
    expect(server.log.join()).toContain('measurement_value has the value 0.1234567891');
    await database.query('UPDATE amazon_order_item SET measurement_value = NULL WHERE id = $1', [row?.id]);
  });
});

describe('the filter', () => {
  it.each([
    ['statuses=SHIPPED,UNFULFILLABLE', 'statuses: ["SHIPPED", "UNFULFILLABLE"]'],
    [`marketplaceIds=${DE}&statuses=PENDING`, `marketplaceIds: ["${DE}"], statuses: ["PENDING"]`],
    [
      'purchasedAfter=2026-01-02T00:00:00Z&purchasedBefore=2026-01-02T05:00:00%2B02:00',
      'purchasedAfter: "2026-01-02T00:00:00Z", purchasedBefore: "2026-01-02T05:00:00+02:00"',
    ],
    ['updatedAfter=2026-03-03T00:00:00+01:00', 'updatedAfter: "2026-03-03T00:00:00+01:00"'],
    ['purchasedFrom=2026-01-02&purchasedTo=2026-01-02', 'purchasedFrom: "2026-01-02", purchasedTo: "2026-01-02"'],
    ['toShip=ALL', 'toShip: ALL'],
    ['search=SKU_42%251', 'search: "SKU_42%1"'],
    ['search=ku_42', 'search: "ku_42"'],
  ])('%s matches what it matches in GraphQL', async (query, filter) => {
    const answer = await server.ask(
      `{ orders(first: 200, filter: { ${filter} }) { totalCount nodes { amazonOrderId } } }`,
      {},
      server.viewer,
    );
    type Page = { orders: { totalCount: number; nodes: { amazonOrderId: string }[] } };
    const { totalCount, nodes } = (answer.data as Page).orders;
    const exported = lines((await get(`/export/orders.ndjson?${query}`)).text).map((row) => row.amazon_order_id);
    expect(totalCount).toBeGreaterThan(0);
    expect(exported).toHaveLength(totalCount);
    expect(exported).toEqual(expect.arrayContaining(nodes.map(({ amazonOrderId }) => amazonOrderId)));
    const items = lines((await get(`/export/order-items.ndjson?${query}`)).text);
    expect(new Set(items.map((row) => row.amazon_order_id))).toEqual(new Set(exported));
  });

  it.each([
    ['', /from and to are required/],
    ['from=2026-11-01', /from and to are required/],
    ['from=2026-11-31&to=2026-12-01', /from is wrong.*a calendar date/],
    ['from=2026-11-02&to=2026-11-01', /`to` \(2026-11-01\) comes before/],
    ['from=2026-11-01&to=2026-11-02&interval=YEAR', /interval is wrong.*DAY, WEEK, MONTH, TOTAL, not "YEAR"/],
    ['from=2026-11-01&to=2026-11-02&by=SKU,COLOUR', /by is wrong.*ASIN.*not "COLOUR"/],
    ['from=2026-11-01&to=2026-11-02&search=A', /no parameter "search"/],
  ])('of sales is refused if it is "%s"', async (query, message) => {
    const { status, text } = await get(`/export/sales.csv?${query}`);
    expect(status).toBe(400);
    expect(JSON.parse(text).errors[0].message).toMatch(message);
  });

  it.each([
    ['status=SHIPPED', /no parameter "status".*statuses, marketplaceIds/],
    ['statuses=A&statuses=B', /statuses is there twice/],
    ['statuses=', /statuses is wrong.*empty/],
    ['statuses=A,,B', /statuses is wrong.*commas/],
    [`statuses=${Array(201).fill('A')}`, /statuses is wrong.*201 values; the maximum is 200/],
    ['purchasedAfter=2026-01-01', /purchasedAfter is wrong.*an instant with UTC offset.*"2026-01-01"/],
    ['updatedAfter=2026-02-30T00:00:00Z', /updatedAfter is wrong/],
    ['purchasedTo=2026-02-30', /purchasedTo is wrong.*a calendar date/],
    ['toShip=TOMORROW', /toShip is wrong.*OVERDUE, TODAY, ALL, not "TOMORROW"/],
  ])('%s is refused', async (query, message) => {
    const { status, headers, text } = await get(`/export/orders.csv?${query}`);
    expect([status, headers['content-disposition']]).toEqual([400, undefined]);
    expect(JSON.parse(text).errors).toMatchObject([
      { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } },
    ]);
  });
});

describe('an export', () => {
  it.beforeAll(async () => {
    await database.query(`UPDATE amazon_order_item SET condition_note = repeat('x', 2000)`);
  });

  it('needs a session or an API key', async () => {
    const { status, headers, text } = await send(`${server.url}/export/orders.csv`, 'GET');
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(JSON.parse(text).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('is refused to pages of other origins, and to other methods', async () => {
    expect((await get('/export/orders.csv', { origin: 'https://elsewhere.example' })).status).toBe(403);
    expect((await get('/export/orders.csv', {}, 'POST')).status).toBe(405);
    expect((await get('/export/orders.xlsx')).status).toBe(404);
  });

  it('answers HEAD with the headers alone', async () => {
    const { status, headers, text } = await get('/export/orders.csv', {}, 'HEAD');
    expect([status, headers['content-type'], text]).toEqual([200, 'text/csv; charset=utf-8; header=present', '']);
    expect((await get('/export/orders.csv?x=1', {}, 'HEAD')).status).toBe(400);
  });

  it('shows one moment, and lets others read and write while its client pauses', async () => {
    const before = (await get(LARGE)).text;
    const response = await open(LARGE);
    server.statements.length = 0;
    await database.query(`UPDATE amazon_order SET order_status = 'CHANGED' WHERE order_status = 'SHIPPED'`);
    await database.query(`DELETE FROM amazon_order WHERE marketplace_id = '${DE}'`);
    expect((await get('/export/orders.csv?statuses=CHANGED')).text).toContain('CHANGED');
    expect((await textOf(response)) === before).toBe(true);
  });

  it.runIf(databaseKind === 'postgres')('stops the statement while its client pauses', async () => {
    // More than the buffers of two connections, which grow to 20 MB.
    await database.query(`UPDATE amazon_order_item SET title = title || repeat('x', 8000)`);
    onTestFinished(async () => {
      await database.query('UPDATE amazon_order_item SET title = left(title, -8000)');
    });
    const response = await open(LARGE);
    const waits = () => database.query(`SELECT wait_event AS "waitsFor" ${SNAPSHOTS} AND state = 'active'`);
    await vi.waitFor(async () => expect(await waits()).toEqual([{ waitsFor: 'ClientWrite' }]), patiently);
    response.destroy();
    await vi.waitFor(async () => expect(await snapshots()).toEqual([]), patiently);
  });

  it('is limited in number, and its place is free when the client has left', async () => {
    const paused = await Promise.all(Array.from({ length: requestBudget.maxExports }, () => open(LARGE)));
    const { status, headers, text } = await get('/export/orders.csv');
    expect([status, headers['retry-after']]).toEqual([429, '10']);
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 10 });
    for (const response of paused) response.destroy();
    await vi.waitFor(async () => expect((await get('/export/orders.csv')).status).toBe(200), patiently);
    await vi.waitFor(async () => expect(await snapshots()).toEqual([]), patiently);
  });

  it.runIf(databaseKind === 'postgres')(
    'cancels its statement when the client leaves before the first row',
    async () => {
      const lock = await lockTable(address, 'amazon_order', 'readers');
      const request = httpRequest(`${server.url}${LARGE}`, { headers: { authorization: server.viewer } });
      request.on('error', () => {});
      request.end();
      await lock.waitedFor();
      request.destroy();
      await vi.waitFor(async () => expect(await snapshots()).toEqual([]), patiently);
      await lock.release();
    },
  );

  it.runIf(databaseKind === 'postgres')('is cut when its database connection is lost', async () => {
    const response = await open(LARGE);
    await database.query(`SELECT pg_terminate_backend(pid) ${SNAPSHOTS}`);
    expect(await isWhole(response)).toBe(false);
    expect((await get('/export/orders.csv')).status).toBe(200);
  });

  it('is cut when its session is ended', async () => {
    const answer = await server.ask(
      'mutation { login(email: "viewer@example.com", password: "a long enough password") { token } }',
    );
    const { token } = (answer.data as { login: { token: string } }).login;
    const response = await open(LARGE, server.url, `Bearer ${token}`);
    await server.ask('mutation { logout }', {}, `Bearer ${token}`);
    expect(await isWhole(response)).toBe(false);
  });

  it('is cut when its client reads nothing for too long', async () => {
    const other = createServer({
      ...SERVER,
      api: server.api,
      metrics: createMetrics(),
      exportStallMs: 100,
      writeTimeoutMs: 50,
    });
    onTestFinished(() => other.stop());
    const response = await open(LARGE, (await other.listen()).url);
    server.log.length = 0;
    await vi.waitFor(() => expect(server.log.join()).toContain('An export was cut.'), patiently);
    expect(await isWhole(response)).toBe(false);
  });

  it('is cut, not ended, when the server is stopped', async () => {
    const other = server.another();
    const response = await open(LARGE, (await other.listen()).url);
    await other.stop();
    expect(await isWhole(response)).toBe(false);
  });
});
