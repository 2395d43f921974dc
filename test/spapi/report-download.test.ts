import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReadOrdersOptions, ReportedOrders } from '../../src/spapi/reports/report-source.js';
import { answerJson, type Replies, type Reply, type ReportSetUp, setUpReports } from './report-server.js';
import { createWatch } from './set-up.js';

const SECRET = 'X-Amz-Signature=SIGNATURE-SECRET';
const FILE = `/bucket/report?X-Amz-Expires=300&${SECRET}`;
const OPTIONS: ReadOrdersOptions = { marketplaceIds: ['ATVPDKIKX0DER'], batchOrders: 10 };

function order(number: number, channel = 'Amazon.com'): string {
  return `<Message><Order><AmazonOrderID>111-0000000-${number}</AmazonOrderID>
    <PurchaseDate>2026-09-01T12:34:56+00:00</PurchaseDate><LastUpdatedDate>2026-09-01T12:34:56+00:00</LastUpdatedDate>
    <OrderStatus>Shipped</OrderStatus><SalesChannel>${channel}</SalesChannel>
    <OrderItem><AmazonOrderItemCode>${number}</AmazonOrderItemCode><Quantity>1</Quantity></OrderItem>
    </Order></Message>\n`;
}
const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<AmazonEnvelope><Header/><MessageType>AllOrdersReport</MessageType>\n';
const TAIL = '</AmazonEnvelope>';

function reportOf(count: number): string {
  return HEAD + Array.from({ length: count }, (_, number) => order(number)).join('') + TAIL;
}

/** Sends a file. */
function file(content: string | Buffer, headers: Record<string, string> = {}, status = 200): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'text/xml; charset=UTF-8', ...headers }).end(content);
  };
}

/** The document's presigned URL, on the server itself unless `url` is given. */
function documentAt(url?: string): Reply {
  return (response, base) =>
    answerJson(200, { reportDocumentId: 'doc', url: url ?? base + FILE, compressionAlgorithm: 'GZIP' })(response, base);
}

const documents = [documentAt()];

async function readAll(
  { api }: ReportSetUp,
  { watch } = createWatch(),
  options: Partial<ReadOrdersOptions> = {},
): Promise<ReportedOrders[]> {
  const batches: ReportedOrders[] = [];
  for await (const batch of api.reports.readOrders('doc', { ...OPTIONS, ...options }, watch)) batches.push(batch);
  return batches;
}

const ids = (batches: readonly ReportedOrders[]) =>
  batches.flatMap(({ orders }) => orders.map(({ orderId }) => orderId));

/** Reads a report of which this is the download, and returns the error. */
async function problemOf(download: Reply, replies: Partial<Replies> = {}): Promise<unknown> {
  const test = await setUpReports({ getReportDocument: documents, download: [download], ...replies });
  const error = await readAll(test).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(JSON.stringify([String(error), test.log, test.calls])).not.toContain('SECRET');
  return error;
}

describe('the download of a report', () => {
  it('has no header of ours, and is logged without its URL', async () => {
    const test = await setUpReports({ getReportDocument: documents, download: [file(gzipSync(reportOf(3)))] });
    expect(ids(await readAll(test))).toHaveLength(3);
    const [asked, download] = test.amazon.requests;
    expect(asked).toMatchObject({ method: 'GET', url: '/reports/2021-06-30/documents/doc' });
    expect(download?.url).toBe(FILE);
    expect(Object.keys(download?.headers ?? {}).sort()).toEqual(['connection', 'host']);
    expect(test.calls.at(-1)).toMatchObject({
      operation: 'downloadReport',
      request: 'GET (the download URL of document doc)',
      status: 200,
      failed: false,
    });
    expect(test.usagePlans.buckets.get('getReportDocument')?.tokens).toBe(14);
    expect(JSON.stringify([test.log, test.calls])).not.toContain('SECRET');
  });

  it.each([
    ['gzip that Content-Encoding names', gzipSync(reportOf(3)), { 'content-encoding': 'gzip' }],
    ['plain text', reportOf(3), {}],
    ['plain text that is called gzip', reportOf(3), { 'content-encoding': 'gzip' }],
  ])('may be %s', async (_name, content, headers) => {
    const test = await setUpReports({ getReportDocument: documents, download: [file(content, headers)] });
    expect(ids(await readAll(test))).toHaveLength(3);
  });

  it('asks for a new URL once if the first has expired', async () => {
    const expired = file('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>', {}, 403);
    const test = await setUpReports({ getReportDocument: documents, download: [expired, file(reportOf(3))] });
    expect(ids(await readAll(test))).toHaveLength(3);
    expect(test.usagePlans.buckets.get('getReportDocument')?.tokens).toBe(13);

    const error = await problemOf(expired);
    expect(error).toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringMatching(/^A report could not be downloaded \(403\)\. .*amazonaws\.com/),
    });
    expect(error).not.toHaveProperty('kind');
  });

  it('is retried after a 503, a lost connection and a time-out', async () => {
    const test = await setUpReports(
      {
        getReportDocument: documents,
        download: [file('', {}, 503), (response) => void response.destroy(), () => {}, file(reportOf(3))],
      },
      { limits: { requestMs: 500 } },
    );
    expect(ids(await readAll(test))).toHaveLength(3);
    expect(test.calls.slice(-4).map(({ status, errorCode, attempt }) => [status, errorCode, attempt])).toEqual([
      [503, null, 1],
      [null, 'ECONNRESET', 2],
      [null, 'ETIMEDOUT', 3],
      [200, null, 4],
    ]);
  });

  it('gives up after eight failures', async () => {
    expect(await problemOf(file('', {}, 500))).toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringContaining('could not be downloaded (500)'),
    });
  });

  it.each(['http://198.51.100.7', 'ftp://127.0.0.1', 'not a URL'])('is refused without TLS: %s', async (host) => {
    const error = await problemOf(file(reportOf(3)), { getReportDocument: [documentAt(`${host}${FILE}`)] });
    expect(error).toMatchObject({
      code: 'SP_API_UNAVAILABLE',
      message: expect.stringContaining('The address of the report is not an https URL'),
    });
  });

  it('follows redirects on the same host, three at most', async () => {
    const moved = file('', { location: '/elsewhere' }, 307);
    const test = await setUpReports({ getReportDocument: documents, download: [moved, file(reportOf(3))] });
    expect(ids(await readAll(test))).toHaveLength(3);
    expect(await problemOf(moved)).toMatchObject({ message: expect.stringContaining('more than 3 times') });
  });

  it('does not follow a redirect to another host without TLS', async () => {
    const moved = file('', { location: 'http://198.51.100.7/SECRET' }, 302);
    expect(await problemOf(moved)).toMatchObject({ message: expect.stringContaining('not an https URL') });
  });

  it.each([
    ['plain', Buffer.from(HEAD + order(1))],
    ['compressed', gzipSync(HEAD + order(1) + ' '.repeat(200_000)).subarray(0, -20)],
  ])('ends with the reason of an abort, %s', async (_name, bytes) => {
    const test = await setUpReports({
      getReportDocument: documents,
      download: [(response) => void response.writeHead(200).write(bytes)],
    });
    const seen = createWatch();
    const batches = test.api.reports.readOrders('doc', { ...OPTIONS, batchOrders: 1 }, seen.watch);
    expect((await batches.next()).value?.orders).toHaveLength(1);
    const reason = new Error('cancelled by the user');
    seen.abort(reason);
    await expect(batches.next()).rejects.toBe(reason);
  });

  it('pauses until the next batch is asked for, and ends with the reader', async () => {
    const sent: ServerResponse[] = [];
    const endless: Reply = (response) => {
      sent.push(response);
      const orders = function* () {
        yield HEAD;
        for (let number = 0; ; number += 1) yield `${order(number)}<!--${' '.repeat(100_000)}-->`;
      };
      Readable.from(orders()).pipe(response.writeHead(200));
    };
    const bytesSent = () => sent[0]?.socket?.bytesWritten ?? 0;
    const test = await setUpReports({ getReportDocument: documents, download: [endless] });
    const batches = test.api.reports.readOrders('doc', { ...OPTIONS, batchOrders: 1 }, createWatch().watch);
    await batches.next();
    const whenPaused = await settled(bytesSent);
    while (bytesSent() === whenPaused) await batches.next();
    const closed = once(sent[0] as ServerResponse, 'close');
    await batches.return();
    await closed;
  });
});

/** Resolves with a value once it stays the same. */
async function settled(read: () => number): Promise<number> {
  let last = -1;
  await expect
    .poll(() => {
      const before = last;
      last = read();
      return last === before;
    })
    .toBe(true);
  return last;
}

describe('the orders of a report', () => {
  it('come in batches of the asked size, in the order of the document', async () => {
    const test = await setUpReports({ getReportDocument: documents, download: [file(reportOf(25))] });
    const batches = await readAll(test);
    expect(batches.map(({ orders }) => orders.length)).toEqual([10, 10, 5]);
    expect(ids(batches)).toEqual(Array.from({ length: 25 }, (_, number) => `111-0000000-${number}`));
  });

  it('of other marketplaces are counted; those without a marketplace are read', async () => {
    const channels = ['Amazon.de', 'Amazon.com', 'Amazon.ca', 'Non-Amazon', 'Amazon.cl'];
    const xml = HEAD + channels.map((channel, number) => order(number, channel)).join('') + TAIL;
    const test = await setUpReports({ getReportDocument: documents, download: [file(xml)] });
    const [batch, ...more] = await readAll(test);
    expect(batch?.orders.map(({ marketplaceName }) => marketplaceName)).toEqual([
      'Amazon.com',
      'Non-Amazon',
      'Amazon.cl',
    ]);
    expect(batch?.others).toBe(2);
    expect(more).toEqual([]);
  });

  it('have no character that PostgreSQL refuses', async () => {
    const xml = HEAD + order(0).replace('</OrderItem>', '<ProductName>a\0b&#0;c🍵</ProductName></OrderItem>') + TAIL;
    const test = await setUpReports({ getReportDocument: documents, download: [file(xml)] });
    expect((await readAll(test))[0]?.orders[0]?.items[0]?.title).toBe('a\uFFFDb\uFFFDc🍵');
  });

  it('that are unreadable are rejected alone', async () => {
    const bad = order(1).replaceAll('2026-09-01', 'yesterday');
    const broken = order(2).replace('</Order>', '</Odrer>');
    const test = await setUpReports({
      getReportDocument: documents,
      download: [file(HEAD + order(0) + bad + broken + order(3) + TAIL)],
    });
    const [batch] = await readAll(test);
    expect(batch?.orders.map(({ orderId }) => orderId)).toEqual(['111-0000000-0', '111-0000000-3']);
    expect(batch?.rejected.map(({ amazonOrderId, isIncomplete }) => [amazonOrderId, isIncomplete])).toEqual([
      ['111-0000000-1', true],
      ['111-0000000-2', true],
    ]);
  });
});

describe('a document that is not a whole report', () => {
  const sentence = 'The requested date range is invalid: it may span at most 30 days.';
  const half = HEAD + order(0) + order(1).slice(0, 100);
  const closed: Reply = (response) => {
    response.writeHead(200, { 'content-length': '100000' }).write(half, () => response.destroy());
  };
  const gone = answerJson(404, { errors: [{ code: 'NotFound', message: 'Not found.' }] });

  it.each<[string, string, Reply, RegExp]>([
    ['EMPTY', 'without bytes', file(''), /empty/],
    ['EMPTY', 'without bytes, compressed', file(gzipSync('')), /empty/],
    ['EMPTY', 'of spaces', file(' \n'), /empty/],
    ['NOT_XML', 'of a sentence', file(gzipSync(sentence)), /"The requested date range .* at most 30 days\."/],
    ['NO_ORDERS', 'of an envelope', file(HEAD + TAIL), /complete, but has no orders/],
    ['CUT_OFF', 'whose connection is lost', closed, /after 1 order \(ECONNRESET/],
    ['CUT_OFF', 'whose XML ends early', file(half), /after 1 order \(its XML has no end\)/],
    ['CUT_OFF', 'whose gzip ends early', file(gzipSync(reportOf(999)).subarray(0, 999)), /compressed data has no end/],
    ['MALFORMED', 'of HTML', file('<html><body>Sorry</body></html>'), /the root is html, with 0 messages/],
    [
      'MALFORMED',
      'of other elements',
      file(`${HEAD}<Message><Bestellung/></Message>${TAIL}`),
      /with 1 messages and 0 orders/,
    ],
    [
      'MALFORMED',
      'of orders without ids',
      file(reportOf(2).replaceAll('OrderID', 'Id')),
      /1 is an order with an id|2 orders/,
    ],
    [
      'MALFORMED',
      'with a document type',
      file('<!DOCTYPE x [<!ENTITY y "z">]><x>&y;</x>'),
      /document type declaration/,
    ],
    ['MALFORMED', 'whose gzip is damaged', file(damaged(gzipSync(reportOf(999)))), /compressed data is damaged/],
  ])('is %s: %s', async (kind, _name, download, message) => {
    expect(await problemOf(download)).toMatchObject({
      name: 'SyncError',
      code: 'SP_API_UNAVAILABLE',
      kind,
      message: expect.stringMatching(message),
    });
  });

  it('is GONE if Amazon no longer knows it', async () => {
    expect(await problemOf(file(''), { getReportDocument: [gone] })).toMatchObject({ kind: 'GONE' });
  });

  it('is quoted in one line of 200 characters, without addresses', async () => {
    const text = `Sorry, jane@example.com: ${'x'.repeat(500)}\npostal-code\tSECRET`;
    const error = await problemOf(file(text));
    expect(error).toMatchObject({ kind: 'NOT_XML' });
    const quoted = /"(.*)"/.exec(String(error))?.[1] ?? '';
    expect(quoted).toHaveLength(200);
    expect(quoted).toMatch(/^Sorry, … xxx/);
  });

  it('is CUT_OFF after a stall, measured while waiting for bytes only', async () => {
    const stalls: Reply = (response) => {
      response.writeHead(200).write(HEAD + order(0).repeat(20));
    };
    const test = await setUpReports(
      { getReportDocument: documents, download: [stalls] },
      { limits: { requestMs: 600 } },
    );
    const batches = test.api.reports.readOrders('doc', OPTIONS, createWatch().watch);
    await batches.next();
    const pausedAt = performance.now();
    await expect.poll(() => performance.now() - pausedAt).toBeGreaterThan(800);
    expect((await batches.next()).value?.orders).toHaveLength(10);
    await expect(batches.next()).rejects.toMatchObject({
      kind: 'CUT_OFF',
      message: expect.stringContaining('ETIMEDOUT: The download stalled for 0.6 s'),
    });
  });
});

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, 200, 260);
  return copy;
}
