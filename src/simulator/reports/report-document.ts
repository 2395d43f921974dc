import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { ReportFault } from '../faults/report-faults.js';
import type { OrderVersion } from '../orders/order-version.js';
import { orderXml } from './order-xml.js';
import type { Report } from './reports.js';

/** The content of a document: generated while it is read. */
export interface ReportDocument {
  contentType: string;
  open(): Readable;
}

/** The XML of orders in UTF-8, cached from the first download on (1 to 3 kB each). */
export type ReportTexts = WeakMap<OrderVersion, Buffer>;

/** Bytes in a chunk, at least. */
const CHUNK = 64 * 1024;
const TOO_LONG = 'The requested date range is invalid: it may span at most 30 days.';

/** Returns the document of a finished report. @param texts the cache of the orders' XML, if there is one */
export function documentOf(report: Report, texts: ReportTexts | undefined): ReportDocument {
  const { settings, fault } = report;
  const { charset, gzip } = settings;
  const declared = fault?.kind === 'wrong-charset' ? (charset === 'UTF-8' ? 'ISO-8859-1' : 'UTF-8') : charset;
  const text = plainText(report);
  return {
    contentType: `${text === undefined ? 'text/xml' : 'text/plain'}; charset=${declared}`,
    open: () => {
      const pieces = text === undefined ? envelope(report, texts) : [encode(text, charset)];
      const bytes = Readable.from(chunks(pieces), { objectMode: false });
      // An error reaches the reader of the compressed stream.
      return gzip ? pipeline(bytes, createGzip({ level: 1 }), () => {}) : bytes;
    },
  };
}

/** Returns the text that is in place of the XML, if there is one. */
function plainText({ fault }: Report): string | undefined {
  if (fault?.kind === 'sentence') return fault.text ?? TOO_LONG;
  if (fault?.kind === 'fatal') return fault.reason;
  return fault?.kind === 'empty' ? '' : undefined;
}

function* envelope({ fault, settings: { charset }, orders = [] }: Report, texts?: ReportTexts): Generator<Buffer> {
  const head = `<?xml version="1.0" encoding="${charset}"?>
<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">
<Header><DocumentVersion>1.00</DocumentVersion></Header>
<MessageType>AllOrdersReport</MessageType>
`;
  yield encode(head, charset);
  const cut = fault?.kind === 'cut-off' ? orders.length >> 1 : orders.length;
  const shown = fault?.kind === 'no-orders' ? [] : orders.slice(0, cut);
  for (const [index, order] of shown.entries()) {
    if (fault === undefined && charset === 'UTF-8' && texts) yield cached(order, texts);
    else yield encode(withFault(orderXml(order.toJson()), index, fault), charset);
  }
  const half = orders[cut];
  if (half === undefined) return yield encode('</AmazonEnvelope>\n', charset);
  const xml = orderXml(half.toJson());
  yield encode(xml.slice(0, xml.length >> 1), charset);
}

function cached(order: OrderVersion, texts: ReportTexts): Buffer {
  const text = texts.get(order) ?? Buffer.from(orderXml(order.toJson()), 'utf8');
  texts.set(order, text);
  return text;
}

function withFault(xml: string, index: number, fault: ReportFault | undefined): string {
  if (fault?.kind === 'rewrite-order') return fault.rewrite(xml, index);
  const isMalformed = fault?.kind === 'malformed-order' && index === (fault.index ?? 0);
  return isMalformed ? xml.replace('</Order>', '</Odrer>') : xml;
}

/** Joins small pieces. */
function* chunks(pieces: Iterable<Buffer>): Generator<Buffer> {
  let held: Buffer[] = [];
  let length = 0;
  for (const piece of pieces) {
    held.push(piece);
    length += piece.length;
    if (length < CHUNK) continue;
    yield Buffer.concat(held, length);
    held = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(held, length);
}

const BEYOND_LATIN_1 = /[\u0100-\u{10ffff}]/gu;

/** ISO-8859-1 has numeric references for the characters that it lacks. */
function encode(text: string, charset: Report['settings']['charset']): Buffer {
  if (charset === 'UTF-8') return Buffer.from(text, 'utf8');
  return Buffer.from(
    text.replace(BEYOND_LATIN_1, (character) => `&#${character.codePointAt(0)};`),
    'latin1',
  );
}
