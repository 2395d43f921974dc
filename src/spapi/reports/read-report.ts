import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { storableText } from '../../core/storable-text.js';
import { header } from '../http/answer.js';
import type { Download } from '../http/download.js';
import { quote, SpApiFailure } from '../http/failure.js';
import type { Order } from '../orders/order.js';
import type { UnreadableOrder } from '../orders/order-source.js';
import { isUnreadable } from '../orders/read-order.js';
import { decompressed } from './report-bytes.js';
import { type OrderElement, OrderElements } from './report-elements.js';
import { marketplaceOf, readReportOrder } from './report-order.js';
import { type ReadOrdersOptions, ReportContentError, type ReportedOrders } from './report-source.js';
import { createTextStream } from './text-stream.js';
import { XmlError, XmlReader } from './xml-reader.js';

/** Reads the orders of a report (`ReportSource.readOrders`) as it is received. @throws {ReportContentError} */
export async function* readReport(
  { headers, body }: Download,
  { marketplaceIds, batchOrders }: ReadOrdersOptions,
): AsyncGenerator<ReportedOrders, void, undefined> {
  const charset = /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(header({ headers }, 'content-type') ?? '')?.[1] ?? null;
  const wanted = new Set(marketplaceIds);
  const elements = new OrderElements();
  const xml = new XmlReader(elements);
  let read = 0;
  let identified = 0;
  let batch = emptyBatch();
  try {
    for await (const text of xmlTexts(body, charset)) {
      xml.write(text);
      for (const element of elements.take()) {
        read += 1;
        if (addOrder(batch, element, wanted)) identified += 1;
        if (batch.orders.length + batch.rejected.length < batchOrders) continue;
        yield batch;
        batch = emptyBatch();
      }
      // Other work goes on between chunks, which take about a millisecond each.
      await yieldToEventLoop();
    }
  } catch (error) {
    throw problemBehind(error, read);
  }
  if (!xml.isComplete) throw cutOff('its XML has no end', read);
  if (read === 0 && elements.messages === 0 && elements.root === 'AmazonEnvelope') throw noOrders();
  if (identified === 0) throw noIds(elements, read);
  if (batch.orders.length + batch.rejected.length + batch.others > 0) yield batch;
}

type Batch = { orders: Order[]; rejected: UnreadableOrder[]; others: number };

function emptyBatch(): Batch {
  return { orders: [], rejected: [], others: 0 };
}

/** Adds an order to the batch. @returns whether it has an id */
function addOrder(batch: Batch, element: OrderElement, wanted: ReadonlySet<string>): boolean {
  const marketplaceId = marketplaceOf(element);
  if (marketplaceId !== null && !wanted.has(marketplaceId)) {
    batch.others += 1;
    return true;
  }
  const order = readReportOrder(element);
  if (isUnreadable(order)) {
    batch.rejected.push(order);
    return order.amazonOrderId !== null;
  }
  batch.orders.push(order);
  return true;
}

/** In characters; a report starts with a tag. */
const MAX_BLANK = 100_000;

/** Yields the text of a report, storable and from its first tag on. @throws {ReportContentError} EMPTY, NOT_XML */
async function* xmlTexts(body: AsyncIterable<Buffer>, charset: string | null): AsyncGenerator<string> {
  const decoder = createTextStream(charset);
  let start: string | null = '';
  const next = (text: string): string => {
    if (start === null) return text;
    // Also removes a byte order mark.
    start = (start + text).trimStart();
    if (start === '') return '';
    if (!start.startsWith('<')) throw notXml(start);
    const first = start;
    start = null;
    return first;
  };
  let blank = 0;
  for await (const bytes of decompressed(body)) {
    const text = next(storableText(decoder.write(bytes)));
    if (text !== '') yield text;
    else blank += bytes.length;
    if (blank > MAX_BLANK) throw notXml('');
  }
  const last = next(storableText(decoder.end()));
  if (start !== null) throw new ReportContentError('EMPTY', `The report is empty. ${AGAIN}`);
  if (last !== '') yield last;
}

const AGAIN = 'Nothing was overwritten; the next attempt asks Amazon for it again.';

/** Names what went wrong while reading; an error of another kind, as of an abort, stays as it is. */
function problemBehind(error: unknown, read: number): unknown {
  if (error instanceof XmlError) return malformed(error.message, error);
  if (error instanceof SpApiFailure) return cutOff(error.summary, read, error);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return cutOff('its compressed data has no end', read, error);
  if (code.startsWith('Z_')) return malformed('Its compressed data is damaged', error);
  return error;
}

function cutOff(why: string, read: number, cause?: unknown): ReportContentError {
  const orders = `${read.toLocaleString('en')} ${read === 1 ? 'order' : 'orders'}`;
  return new ReportContentError('CUT_OFF', `The report ended early, after ${orders} (${why}). ${AGAIN}`, { cause });
}

function malformed(what: string, cause?: unknown): ReportContentError {
  return new ReportContentError('MALFORMED', `The report can't be read: ${what}. ${AGAIN}`, { cause });
}

function noOrders(): ReportContentError {
  return new ReportContentError('NO_ORDERS', 'The report is complete, but has no orders.');
}

/** Other elements than those known would otherwise look like a range without orders. */
function noIds({ root, messages }: OrderElements, read: number): ReportContentError {
  const found = `the root is ${quote(root ?? '').slice(0, 50)}, with ${messages} messages and ${read} orders`;
  return malformed(`None of its elements is an order with an id (${found})`);
}

/** Seen in the field: a sentence. Quotes the first line only, since a table may follow. */
function notXml(text: string): ReportContentError {
  const sentence = quote(text.split(/[\t\r\n]/, 1)[0] ?? '').slice(0, 200);
  return new ReportContentError('NOT_XML', `Amazon sent a text in place of the report: "${sentence}". ${AGAIN}`);
}
