import { describe, expect, it } from 'vitest';
import { DAY, errorOf, MINUTE, START, simulate } from './ask.js';
import { BY_LAST_UPDATE, iso, lastMonth, ordersIn, reportsClientOf, textOf, valuesOf } from './ask-reports.js';

describe('the life of a report', () => {
  it('goes through the queue and processing to a document', async () => {
    const simulator = await simulate();
    const client = await reportsClientOf(simulator);
    const reportId = await client.create();
    expect(reportId).toMatch(/^\d+$/);
    expect(await client.get(reportId)).toEqual({
      reportId,
      reportType: 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL',
      marketplaceIds: simulator.marketplaceIds,
      dataStartTime: '2026-10-21T12:00:00+00:00',
      dataEndTime: '2026-11-20T12:00:00+00:00',
      createdTime: '2026-11-20T12:00:00+00:00',
      processingStatus: 'IN_QUEUE',
    });
    simulator.advance(5000);
    const running = await client.get(reportId);
    expect(running).toMatchObject({
      processingStatus: 'IN_PROGRESS',
      processingStartTime: '2026-11-20T12:00:05+00:00',
    });
    expect(running.reportDocumentId).toBeUndefined();
    simulator.advance(10_000);
    const done = await client.get(reportId);
    expect(done).toMatchObject({ processingStatus: 'DONE', processingEndTime: '2026-11-20T12:00:15+00:00' });
    const { url, ...document } = await client.document(done.reportDocumentId);
    expect(document).toEqual({ reportDocumentId: done.reportDocumentId, compressionAlgorithm: 'GZIP' });
    expect(ordersIn(await textOf(await fetch(url))).length).toBeGreaterThan(50);
    expect(simulator.reports.created).toMatchObject([{ reportId, from: START - 30 * DAY, until: START }]);
  });

  it('may take no time', async () => {
    const simulator = await simulate({ reports: { queueMs: 0, processingMs: 0 } });
    const client = await reportsClientOf(simulator);
    expect((await client.get(await client.create())).processingStatus).toBe('DONE');
  });

  it('ends as CANCELLED without a document if the window holds no order', async () => {
    const simulator = await simulate({ orders: 0 });
    const client = await reportsClientOf(simulator);
    const reportId = await client.create();
    simulator.advance(15_000);
    const report = await client.get(reportId);
    expect([report.processingStatus, report.reportDocumentId]).toEqual(['CANCELLED', undefined]);
    simulator.reports.set({ cancelEmpty: false });
    expect(await client.text()).toContain('<MessageType>AllOrdersReport</MessageType>\n</AmazonEnvelope>');
  });

  it('is over after 90 days, its document after 30', async () => {
    const simulator = await simulate({ accessTokenLifeSeconds: 100 * 86_400 });
    const client = await reportsClientOf(simulator);
    const reportId = await client.create();
    simulator.advance(15_000);
    const { reportDocumentId = '' } = await client.get(reportId);
    simulator.advance(30 * DAY - 1);
    expect((await client.documentRaw(reportDocumentId)).status).toBe(200);
    simulator.advance(1);
    expect((await client.documentRaw(reportDocumentId)).status).toBe(404);
    simulator.advance(60 * DAY - 15_000 - 1);
    expect((await client.getRaw(reportId)).status).toBe(200);
    simulator.advance(1);
    expect(await errorOf(client.getRaw(reportId))).toBe('404 NotFound: ');
  });
});

describe('createReport', () => {
  it.each([
    [{ reportType: 'GET_ORDERS' }, '400 InvalidInput: Report type GET_ORDERS is not supported.'],
    [{ reportType: undefined }, '400 InvalidInput: Report type undefined is not supported.'],
    [{ marketplaceIds: [] }, '400 InvalidInput: marketplaceIds must be a list of 1 to 25 marketplace ids.'],
    [{ marketplaceIds: Array(26).fill('ATVPDKIKX0DER') }, '400 InvalidInput: marketplaceIds must be a list'],
    [{ marketplaceIds: 'ATVPDKIKX0DER' }, '400 InvalidInput: marketplaceIds must be a list'],
    [{ marketplaceIds: ['A1PA6795UKMFR9'] }, '403 Unauthorized: Access to marketplace A1PA6795UKMFR9 is denied.'],
    [{ dataStartTime: 'yesterday' }, '400 InvalidInput: dataStartTime: the timestamp must follow ISO8601.'],
    [{ dataStartTime: iso(START) }, '400 InvalidInput: dataStartTime must be before dataEndTime.'],
    [{ dataStartTime: undefined }, '400 InvalidInput: dataStartTime must be before dataEndTime.'],
    [{ dataEndTime: iso(START + 1000) }, '400 InvalidInput: dataEndTime must not be in the future.'],
    [{ reportOptions: { a: 1 } }, '400 InvalidInput: reportOptions must be an object of strings.'],
    [{ marketplaces: [] }, '400 InvalidInput: Unknown member marketplaces.'],
  ])('rejects %j', async (change, error) => {
    const simulator = await simulate({ orders: 1 });
    const client = await reportsClientOf(simulator);
    expect(await errorOf(client.createRaw({ ...lastMonth(simulator), ...change }))).toContain(error);
    expect(simulator.reports.created).toEqual([]);
  });

  it('rejects a body that is not a JSON object', async () => {
    const client = await reportsClientOf(await simulate({ orders: 1 }));
    expect(await errorOf(client.createRaw([]))).toBe('400 InvalidInput: The body is not a JSON object.');
    expect((await client.createRaw({}, 'text/plain')).status).toBe(415);
  });

  it('takes the end from the clock by default', async () => {
    const simulator = await simulate({ orders: 1 });
    const client = await reportsClientOf(simulator);
    await client.create({ ...lastMonth(simulator), dataEndTime: undefined });
    expect(simulator.reports.created).toMatchObject([{ until: START }]);
  });
});

describe('requests for reports', () => {
  it('have a usage plan for each operation', async () => {
    const simulator = await simulate({ orders: 1, usagePlans: {} });
    const client = await reportsClientOf(simulator);
    const created = await client.createRaw(lastMonth(simulator));
    expect([created.status, created.headers.get('x-amzn-RateLimit-Limit')]).toEqual([202, '0.0167']);
    for (let request = 1; request < 15; request += 1) await client.create();
    expect(await errorOf(client.createRaw(lastMonth(simulator)))).toBe('429 QuotaExceeded: ');
    for (const [ask, rate] of [
      [() => client.getRaw('1'), '2'],
      [() => client.documentRaw('1'), '0.0167'],
    ] as const) {
      const first = await ask();
      expect([first.status, first.headers.get('x-amzn-RateLimit-Limit')]).toEqual([404, rate]);
      for (let request = 1; request < 15; request += 1) expect((await ask()).status).toBe(404);
      expect((await ask()).status).toBe(429);
    }
    simulator.advance(1000 / 0.0167);
    expect((await client.createRaw(lastMonth(simulator))).status).toBe(202);
  });

  it('need an access token, meet faults and holds, and are logged', async () => {
    const simulator = await simulate();
    const client = await reportsClientOf(simulator);
    const bare = await fetch(`${simulator.url}/reports/2021-06-30/reports`, { method: 'POST', body: '{}' });
    expect(await errorOf(bare)).toBe('403 MissingAuthenticationToken: ');
    simulator.faults.add({ operation: 'createReport', on: { from: 1 }, fault: { kind: '500' } });
    expect(await errorOf(client.createRaw(lastMonth(simulator)))).toBe('500 InternalFailure: ');
    const hold = simulator.hold('createReport');
    const reportId = client.create();
    await hold.arrived;
    expect(simulator.reports.created).toEqual([]);
    hold.release();
    simulator.advance(15_000);
    await client.get(await reportId);
    expect(simulator.requests.slice(-4).map(({ operation, status }) => [operation, status])).toEqual([
      ['createReport', 403],
      ['createReport', 500],
      ['createReport', 202],
      ['getReport', 200],
    ]);
  });
});

describe('the address of a document', () => {
  const finished = async () => {
    const simulator = await simulate();
    const client = await reportsClientOf(simulator);
    const reportId = await client.create();
    simulator.advance(15_000);
    const { reportDocumentId = '' } = await client.get(reportId);
    return { simulator, client, reportDocumentId };
  };

  it('needs no token, and expires after 5 minutes', async () => {
    const { simulator, client, reportDocumentId } = await finished();
    const { url } = await client.document(reportDocumentId);
    simulator.advance(5 * MINUTE - 1);
    expect((await fetch(url)).status).toBe(200);
    simulator.advance(1);
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([403, 'application/xml']);
    expect(await answer.text()).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
    expect((await fetch((await client.document(reportDocumentId)).url)).status).toBe(200);
  });

  it('refuses a changed signature, and none', async () => {
    const { client, reportDocumentId } = await finished();
    const { url } = await client.document(reportDocumentId);
    const changed = await fetch(url.replace('X-Amz-Expires=300', 'X-Amz-Expires=3000'));
    expect([changed.status, await changed.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
    expect((await fetch(url.replace(/\?.*/, ''))).status).toBe(403);
  });

  it('refuses an access token and an Authorization header with 400', async () => {
    const { simulator, client, reportDocumentId } = await finished();
    const { url } = await client.document(reportDocumentId);
    for (const name of ['x-amz-access-token', 'authorization']) {
      const answer = await fetch(url, { headers: { [name]: 'secret' } });
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('<Error><Code>Invalid')]);
    }
    expect(JSON.stringify(simulator.requests)).not.toContain('X-Amz');
  });

  it('answers with a content-encoding if asked for', async () => {
    const { client, reportDocumentId } = await finished();
    const { url } = await client.document(reportDocumentId, '?enableContentEncodingUrlHeader=true');
    const answer = await fetch(url);
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toMatch(/^<\?xml/);
  });
});

describe('the orders of a report', () => {
  it('are those of the book, purchased in the window, in the marketplaces asked for', async () => {
    const simulator = await simulate({ orders: 400 });
    const client = await reportsClientOf(simulator);
    const [first = ''] = simulator.marketplaceIds;
    const xml = await client.text({ ...lastMonth(simulator), marketplaceIds: [first] });
    const expected = simulator.book.orders().filter(({ createdTime, salesChannel: { marketplaceId } }) => {
      const at = Date.parse(createdTime);
      return at >= START - 30 * DAY && at <= START && (marketplaceId ?? first) === first;
    });
    expect(valuesOf(xml, 'AmazonOrderID').sort()).toEqual(expected.map(({ orderId }) => orderId).sort());
    expect(valuesOf(xml, 'AmazonOrderItemCode').sort()).toEqual(
      expected.flatMap(({ orderItems }) => orderItems.map(({ orderItemId }) => orderItemId)).sort(),
    );
    simulator.reports.set({ wholeRegion: true });
    const all = await client.text({ ...lastMonth(simulator), marketplaceIds: [first] });
    expect(new Set(valuesOf(all, 'SalesChannel'))).toContain('Amazon.ca');
  });

  it('are those updated in the window, by the other type', async () => {
    const simulator = await simulate({ orders: 400, settled: true });
    const client = await reportsClientOf(simulator);
    const window = { ...lastMonth(simulator), dataStartTime: iso(START - 10 * DAY), dataEndTime: iso(START - 2 * DAY) };
    const xml = await client.text({ ...window, reportType: BY_LAST_UPDATE });
    const expected = simulator.book.orders().filter(({ lastUpdatedTime: time }) => {
      return time >= window.dataStartTime && time <= window.dataEndTime;
    });
    expect(expected.length).toBeGreaterThan(20);
    expect(valuesOf(xml, 'AmazonOrderID').sort()).toEqual(expected.map(({ orderId }) => orderId).sort());
  });

  it.each(['start', 'end'] as const)('are as at the %s of processing', async (snapshotAt) => {
    const simulator = await simulate({ settled: true, reports: { snapshotAt } });
    const client = await reportsClientOf(simulator);
    const unshipped = simulator.book.orders().filter((order) => order.fulfillment?.fulfillmentStatus === 'UNSHIPPED');
    const [early = '', late = '', after = ''] = unshipped.map((order) => order.orderId);
    const reportId = await client.create();
    simulator.advance(4000);
    simulator.book.cancel(early);
    simulator.advance(4000);
    simulator.book.cancel(late);
    simulator.advance(7000);
    const { reportDocumentId } = await client.get(reportId);
    simulator.book.cancel(after);
    const xml = await textOf(await fetch((await client.document(reportDocumentId)).url));
    const statusOf = (orderId: string) => {
      const order = ordersIn(xml).find((text) => text.includes(orderId)) ?? '';
      return valuesOf(order, 'OrderStatus')[0]?.replace('ll', 'l');
    };
    const [cancelled, unchanged] = ['Canceled', 'Unshipped'];
    const expected = snapshotAt === 'start' ? [cancelled, unchanged, unchanged] : [cancelled, cancelled, unchanged];
    expect([early, late, after].map(statusOf)).toEqual(expected);
  });
});

describe('a large report', () => {
  it('is generated as it is read', async () => {
    const simulator = await simulate({
      orders: 20_000,
      settled: true,
      updatedWithinDays: 29,
      reports: { gzip: false },
    });
    let generated = 0;
    const rewrite = (xml: string, index: number) => {
      generated = index + 1;
      return xml;
    };
    simulator.reports.add({ fault: { kind: 'rewrite-order', rewrite } });
    const answer = await (await reportsClientOf(simulator)).download();
    const reader = answer.body?.getReader();
    let bytes = (await reader?.read())?.value?.length ?? 0;
    let before: number;
    do {
      before = generated;
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    } while (generated > before);
    expect(generated).toBeLessThan(10_000);
    for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) bytes += chunk.value.length;
    expect(generated).toBe(20_000);
    expect(bytes).toBeGreaterThan(20_000_000);
  });
});

describe('cached texts', () => {
  it('are the same as those generated, first and again', async () => {
    const [plain, kept] = [await simulate(), await simulate({ keepTexts: true })];
    const expected = await (await reportsClientOf(plain)).text();
    const client = await reportsClientOf(kept);
    expect([await client.text(), await client.text()]).toEqual([expected, expected]);
    kept.reports.add({ on: { from: 1 }, fault: { kind: 'malformed-order' } });
    expect(await client.text()).toContain('</Odrer>');
    kept.book.cancel(valuesOf(expected, 'AmazonOrderID')[0] ?? '');
    expect(await client.text()).not.toBe(expected);
  });
});
