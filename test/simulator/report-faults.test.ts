import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Fault, ReportFault, SimulatorOptions } from '../../src/simulator/simulator.js';
import { DAY, errorOf, START, simulate } from './ask.js';
import { iso, isWellFormed, lastMonth, ordersIn, reportsClientOf, textOf, valuesOf } from './ask-reports.js';

const FAST = { queueMs: 0, processingMs: 0 };

/** A simulator whose next report has this fault. */
async function withFault(fault: ReportFault, options: SimulatorOptions = {}) {
  const simulator = await simulate({ settled: true, reports: FAST, ...options });
  simulator.reports.add({ on: { from: 1 }, fault });
  return { simulator, client: await reportsClientOf(simulator) };
}

/** The status of the next report and the text of its document, if there is one. */
async function outcomeOf(fault: ReportFault) {
  const { client } = await withFault(fault);
  const { processingStatus, reportDocumentId } = await client.get(await client.create());
  const text = reportDocumentId && (await textOf(await fetch((await client.document(reportDocumentId)).url)));
  return [processingStatus, text];
}

describe('each fault of a report, once', () => {
  it.each<[ReportFault, string, string | undefined]>([
    [{ kind: 'fatal' }, 'FATAL', undefined],
    [{ kind: 'fatal', reason: 'Out of order.' }, 'FATAL', 'Out of order.'],
    [{ kind: 'cancelled' }, 'CANCELLED', undefined],
    [{ kind: 'sentence', text: 'No report today.' }, 'DONE', 'No report today.'],
    [{ kind: 'empty' }, 'DONE', ''],
    [{ kind: 'stuck', status: 'IN_QUEUE' }, 'IN_QUEUE', undefined],
  ])('%j', async (fault, status, text) => {
    expect(await outcomeOf(fault)).toEqual([status, text]);
  });

  it('only the report that it is set for', async () => {
    const { client } = await withFault({ kind: 'cancelled' });
    const [first, second] = [await client.create(), await client.create()];
    expect((await client.get(first)).processingStatus).toBe('CANCELLED');
    expect((await client.get(second)).processingStatus).toBe('DONE');
  });

  it('an envelope without an order', async () => {
    const [, xml = ''] = await outcomeOf({ kind: 'no-orders' });
    expect([ordersIn(xml).length, isWellFormed(xml)]).toEqual([0, true]);
  });

  it('a document that ends in the middle of an order', async () => {
    const [, xml = ''] = await outcomeOf({ kind: 'cut-off' });
    expect(ordersIn(xml).length).toBeGreaterThan(20);
    expect(isWellFormed(xml)).toBe(false);
    expect(xml).not.toContain('</AmazonEnvelope>');
  });

  it('malformed XML in one order', async () => {
    const [, xml = ''] = await outcomeOf({ kind: 'malformed-order', index: 3 });
    expect(isWellFormed(xml)).toBe(false);
    const [before = '', after = ''] = xml.split('</Odrer>');
    expect(before.split('</Order>').length - 1).toBe(3);
    expect(after).toContain('</Order>');
    expect(xml).toContain('</AmazonEnvelope>');
  });

  it('orders rewritten', async () => {
    const rewrite = (xml: string, index: number) => (index === 2 ? xml.replace(/\d+-\d+-\d+/, 'nonsense') : xml);
    const [, xml = ''] = await outcomeOf({ kind: 'rewrite-order', rewrite });
    expect(valuesOf(xml, 'AmazonOrderID').indexOf('nonsense')).toBe(2);
  });

  it('a report that hangs in processing for days', async () => {
    const { simulator, client } = await withFault({ kind: 'stuck', ms: 3 * DAY }, { accessTokenLifeSeconds: 1e6 });
    const reportId = await client.create();
    simulator.advance(3 * DAY - 1);
    expect((await client.get(reportId)).processingStatus).toBe('IN_PROGRESS');
    simulator.advance(1);
    expect((await client.get(reportId)).processingStatus).toBe('DONE');
  });

  it('until cleared', async () => {
    const { simulator, client } = await withFault({ kind: 'fatal' });
    simulator.reports.add({ fault: { kind: 'empty' } });
    const ids = [await client.create(), await client.create()];
    simulator.reports.clear();
    ids.push(await client.create());
    const texts = await Promise.all(ids.map(async (id) => (await client.get(id)).processingStatus));
    expect(texts).toEqual(['FATAL', 'DONE', 'DONE']);
    const documents = await Promise.all(
      ids.slice(1).map(async (id) => client.document((await client.get(id)).reportDocumentId)),
    );
    const lengths = await Promise.all(documents.map(async ({ url }) => (await textOf(await fetch(url))).length));
    expect(lengths[0]).toBe(0);
    expect(lengths[1]).toBeGreaterThan(10_000);
  });
});

describe('windows', () => {
  it('over 30 days get a sentence in place of orders', async () => {
    const simulator = await simulate();
    const client = await reportsClientOf(simulator);
    const dataStartTime = iso(START - 30 * DAY - 1000);
    const text = await client.text({ ...lastMonth(simulator), dataStartTime });
    expect(text).toMatch(/^The requested date range .* at most 30 days\.$/);
  });
});

describe('single orders', () => {
  it('are left out of reports', async () => {
    const { simulator, client } = await withFault({ kind: 'cancelled' });
    const [order] = simulator.book.orders().slice(-1);
    await client.create();
    const before = valuesOf(await client.text(), 'AmazonOrderID');
    simulator.book.hideFromReports(order?.orderId ?? '');
    const after = valuesOf(await client.text(), 'AmazonOrderID');
    expect(before.filter((id) => !after.includes(id))).toEqual([order?.orderId]);
  });

  it('are in reports though getOrder does not find them', async () => {
    const simulator = await simulate();
    const client = await reportsClientOf(simulator);
    const [order] = simulator.book.orders().slice(-1);
    simulator.orderFaults.set(order?.orderId ?? '', '404');
    expect(valuesOf(await client.text(), 'AmazonOrderID')).toContain(order?.orderId);
  });
});

describe('charsets', () => {
  it.each(['UTF-8', 'ISO-8859-1'] as const)('%s holds every character', async (charset) => {
    const simulator = await simulate({ reports: { charset, gzip: false } });
    const client = await reportsClientOf(simulator);
    const answer = await client.download();
    expect(answer.headers.get('content-type')).toBe(`text/xml; charset=${charset}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const xml = bytes.toString(charset === 'UTF-8' ? 'utf8' : 'latin1');
    expect(xml.startsWith(`<?xml version="1.0" encoding="${charset}"?>`)).toBe(true);
    const titles = new Set(valuesOf(xml, 'ProductName'));
    for (const title of [
      'Desk lamp "Ögla" – oak & brass',
      '有機緑茶 ティーバッグ 50袋 🍵',
      '<b>USB-C</b> cable & adapter, 2 m',
    ]) {
      expect(titles).toContain(title);
    }
  });

  it('a wrong one in the header', async () => {
    const { client } = await withFault({ kind: 'wrong-charset' });
    const answer = await client.download();
    expect(answer.headers.get('content-type')).toBe('text/xml; charset=ISO-8859-1');
    expect(await textOf(answer)).toContain('encoding="UTF-8"');
  });
});

describe('faults of a download', () => {
  const withDownload = async (fault: Fault, options: SimulatorOptions = {}) => {
    const simulator = await simulate({ reports: FAST, orders: 2000, ...options });
    simulator.faults.add({ operation: 'downloadReport', on: { from: 1 }, fault });
    const client = await reportsClientOf(simulator);
    return { simulator, client, answer: client.download() };
  };

  it('an address that has expired when it is issued', async () => {
    const simulator = await simulate({ reports: FAST });
    simulator.faults.add({ on: { from: 1 }, fault: { kind: 'expired-url' } });
    const client = await reportsClientOf(simulator);
    expect((await client.download()).status).toBe(403);
    expect((await client.download()).status).toBe(200);
  });

  it('500, and 403, in XML', async () => {
    const { simulator, client, answer } = await withDownload({ kind: '500' });
    expect([(await answer).status, await (await answer).text()]).toEqual([500, expect.stringContaining('<Error>')]);
    simulator.faults.add({ operation: 'downloadReport', fault: { kind: '403-forbidden' } });
    const refused = await client.download();
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('AccessDenied')]);
  });

  it('reset', async () => {
    const { answer } = await withDownload({ kind: 'reset' });
    await expect(answer).rejects.toThrow('fetch failed');
  });

  it.each([true, false])('truncate, after most of the orders (gzip %s)', async (gzip) => {
    const { answer } = await withDownload({ kind: 'truncate' }, { reports: { ...FAST, gzip } });
    const received: Uint8Array[] = [];
    await expect(collect(await answer, received)).rejects.toThrow('terminated');
    const bytes = Buffer.concat(received);
    expect(bytes.length).toBeGreaterThan(50_000);
    expect(bytes.toString('latin1')).not.toContain('</AmazonEnvelope>');
    if (gzip) expect(() => gunzipSync(bytes)).toThrow('unexpected end of file');
  });

  it('stall, until cleared', async () => {
    const { simulator, answer } = await withDownload({ kind: 'stall' }, { reports: { ...FAST, gzip: false } });
    const received: Uint8Array[] = [];
    const reading = expect(collect(await answer, received)).rejects.toThrow('terminated');
    await expect.poll(() => Buffer.concat(received).toString('latin1')).toContain('</Order>');
    simulator.faults.clear();
    await reading;
  });

  it('slow', async () => {
    const began = performance.now();
    const { answer } = await withDownload({ kind: 'slow', ms: 20 });
    expect(ordersIn(await textOf(await answer)).length).toBeGreaterThan(500);
    expect(performance.now() - began).toBeGreaterThan(15);
  });

  it('none by a rule without an operation', async () => {
    const simulator = await simulate({ reports: FAST });
    const client = await reportsClientOf(simulator);
    const { reportDocumentId } = await client.get(await client.create());
    const { url } = await client.document(reportDocumentId);
    simulator.faults.add({ fault: { kind: '500' } });
    expect(await errorOf(client.getRaw('1'))).toBe('500 InternalFailure: ');
    expect((await fetch(url)).status).toBe(200);
  });
});

/** Collects the chunks of an answer; rejects if the connection ends early. */
async function collect(answer: Response, chunks: Uint8Array[]): Promise<void> {
  for await (const chunk of answer.body ?? []) chunks.push(chunk);
}
