import { gunzipSync } from 'node:zlib';
import type { Simulator } from '../../src/simulator/simulator.js';
import { accessToken, DAY, START } from './ask.js';

export const BY_ORDER_DATE = 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL';
export const BY_LAST_UPDATE = 'GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL';

/** The body of a createReport for the 30 days before the start, in all of the account's marketplaces. */
export function lastMonth({ marketplaceIds }: Pick<Simulator, 'marketplaceIds'>) {
  return {
    reportType: BY_ORDER_DATE as string,
    marketplaceIds,
    dataStartTime: iso(START - 30 * DAY),
    dataEndTime: iso(START),
  };
}

export interface ReportAnswer {
  reportId: string;
  reportType: string;
  processingStatus: string;
  createdTime: string;
  processingStartTime?: string;
  processingEndTime?: string;
  reportDocumentId?: string;
}

export interface DocumentAnswer {
  reportDocumentId: string;
  url: string;
  compressionAlgorithm?: 'GZIP';
}

/** A client of the Reports API as simple as can be. */
export async function reportsClientOf(simulator: Simulator) {
  const token = await accessToken(simulator);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${simulator.url}/reports/2021-06-30${path}`, {
      ...init,
      headers: { 'x-amz-access-token': token, ...init.headers },
    });
  const createRaw = (body: unknown, contentType = 'application/json') =>
    ask('/reports', { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': contentType } });
  const create = async (body: object = lastMonth(simulator)): Promise<string> => {
    const answer = await createRaw(body);
    if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { reportId: string }).reportId;
  };
  const getRaw = (reportId: string) => ask(`/reports/${reportId}`);
  const get = async (reportId: string) => (await (await getRaw(reportId)).json()) as ReportAnswer;
  const documentRaw = (documentId: string, query = '') => ask(`/documents/${documentId}${query}`);
  const document = async (documentId = '', query = '') =>
    (await (await documentRaw(documentId, query)).json()) as DocumentAnswer;
  /** Creates a report, lets it finish, and returns its download. */
  const download = async (body?: object): Promise<Response> => {
    const reportId = await create(body);
    simulator.advance(15_000);
    const { reportDocumentId } = await get(reportId);
    return fetch((await document(reportDocumentId)).url);
  };
  /** The text of a report in UTF-8, as `download` makes it. */
  const text = async (body?: object): Promise<string> => textOf(await download(body));
  return { createRaw, create, getRaw, get, documentRaw, document, download, text };
}

/** The text of a download, decompressed if need be. */
export async function textOf(answer: Response): Promise<string> {
  const bytes = Buffer.from(await answer.arrayBuffer());
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return new TextDecoder(/charset=(.*)/.exec(answer.headers.get('content-type') ?? '')?.[1]).decode(
    isGzip ? gunzipSync(bytes) : bytes,
  );
}

/** The XML of each order of a report. */
export function ordersIn(xml: string): string[] {
  return [...xml.matchAll(/<Order>(.*?)<\/Order>/gs)].map((match) => match[1] ?? '');
}

/** The unescaped texts of all elements of this name. */
export function valuesOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`, 'g'))].map((match) =>
    (match[1] ?? '')
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&amp;', '&'),
  );
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Whether every element is closed in order. */
export function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, slash, name = ''] of xml.matchAll(/<(\/?)([A-Za-z][\w.-]*)[^<>]*>/g)) {
    if (slash === '') open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0 && xml.trimEnd().endsWith('>');
}
