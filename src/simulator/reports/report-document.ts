import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { OrderVersion } from '../orders/order-version.js';
import { orderXml } from './order-xml.js';
import type { Report } from './reports.js';

/** The content of a document: generated while it is read. */
export interface ReportDocument {
  contentType: string;
  open(): Readable;
}

/** Characters in a chunk. */
const CHUNK = 64 * 1024;
const TOO_LONG = 'The requested date range is invalid: it may span at most 30 days.';

/** Returns the document of a finished report. */
export function documentOf(report: Report): ReportDocument {
  const { settings, fault, orders = [] } = report;
  const { charset, gzip } = settings;
  const declared = fault?.kind === 'wrong-charset' ? (charset === 'UTF-8' ? 'ISO-8859-1' : 'UTF-8') : charset;
  const text = plainText(report);
  return {
    contentType: `${text === undefined ? 'text/xml' : 'text/plain'}; charset=${declared}`,
    open: () => {
      const texts = text === undefined ? envelope(orders, report) : [text];
      const bytes = Readable.from(encoded(texts, charset), { objectMode: false });
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

function* envelope(orders: readonly OrderVersion[], { fault, settings }: Report): Generator<string> {
  yield `<?xml version="1.0" encoding="${settings.charset}"?>
<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">
<Header><DocumentVersion>1.00</DocumentVersion></Header>
<MessageType>AllOrdersReport</MessageType>
`;
  const shown = fault?.kind === 'no-orders' ? [] : orders;
  const middle = fault?.kind === 'cut-off' ? shown.length >> 1 : undefined;
  for (const [index, order] of shown.entries()) {
    const xml = orderXml(order.toJson());
    if (index === middle) {
      yield xml.slice(0, xml.length >> 1);
      return;
    }
    if (fault?.kind === 'rewrite-order') yield fault.rewrite(xml, index);
    else if (fault?.kind === 'malformed-order' && index === (fault.index ?? 0))
      yield xml.replace('</Order>', '</Odrer>');
    else yield xml;
  }
  yield '</AmazonEnvelope>\n';
}

/** Joins texts to chunks and encodes them. */
function* encoded(texts: Iterable<string>, charset: Report['settings']['charset']): Generator<Buffer> {
  let chunk = '';
  for (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK) continue;
    yield encode(chunk, charset);
    chunk = '';
  }
  if (chunk !== '') yield encode(chunk, charset);
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
