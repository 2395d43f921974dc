import type { IncomingMessage } from 'node:http';
import { invalidInput, notFound, type Reply, readBody, StreamBody } from '../api/http.js';
import { refuseUnknown } from '../api/search-query.js';
import { checkSignature, presign } from './presigned-url.js';
import { documentOf, type ReportTexts } from './report-document.js';
import { parseReportRequest } from './report-request.js';
import type { Report, Reports } from './reports.js';
import { accessDenied, onlyOneMechanism, signatureDoesNotMatch, unsignedHeader } from './s3-errors.js';

/** The data that the Reports API serves. */
export interface ReportsAccount {
  now: () => number;
  reports: Reports;
  marketplaceIds: readonly string[];
  /** The cached XML of orders, if enabled. */
  reportTexts?: ReportTexts | undefined;
}

/** createReport: 202 with the id. */
export async function createReport(account: ReportsAccount, request: IncomingMessage): Promise<Reply> {
  const { reports, marketplaceIds, now } = account;
  const contentType = request.headers['content-type'] ?? '';
  const specification = parseReportRequest(await readBody(request), contentType, marketplaceIds, now());
  return { status: 202, body: { reportId: reports.create(specification).reportId } };
}

/** getReport: the report as it is now. */
export function getReport({ reports }: ReportsAccount, reportId: string, query: URLSearchParams): Reply {
  refuseUnknown(query, []);
  const report = reports.get(reportId);
  if (report === undefined) throw notFound();
  return { status: 200, body: reportJson(report, reports) };
}

/** Times in whole seconds with the offset +00:00 (seen in the field). */
function reportJson(report: Report, reports: Reports) {
  const status = reports.statusOf(report);
  return {
    reportType: report.reportType,
    ...(['DONE', 'CANCELLED', 'FATAL'].includes(status) && { processingEndTime: seconds(report.endsAt) }),
    processingStatus: status,
    marketplaceIds: report.marketplaceIds,
    ...(reports.hasDocument(report) && { reportDocumentId: report.documentId }),
    reportId: report.reportId,
    dataEndTime: seconds(report.until),
    createdTime: seconds(report.createdAt),
    ...(status !== 'IN_QUEUE' && { processingStartTime: seconds(report.startsAt) }),
    dataStartTime: seconds(report.from),
  };
}

function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
}

/**
 * getReportDocument: a presigned address of the document on the host that was asked.
 * @param isExpired the address has expired already (a fault)
 */
export function getReportDocument(
  { reports, now }: ReportsAccount,
  documentId: string,
  query: URLSearchParams,
  { host, isExpired }: { host: string; isExpired: boolean },
): Reply {
  refuseUnknown(query, ['enableContentEncodingUrlHeader']);
  const flag = query.get('enableContentEncodingUrlHeader') ?? 'false';
  if (flag !== 'true' && flag !== 'false') throw invalidInput('enableContentEncodingUrlHeader must be true or false.');
  const report = reports.ofDocument(documentId);
  if (report === undefined) throw notFound();
  const isCompressed = report.settings.gzip;
  const path = presign(documentId, isCompressed && flag === 'true' ? 'gzip' : 'identity', now(), isExpired);
  const url = `http://${host}${path}`;
  return {
    status: 200,
    body: { reportDocumentId: documentId, url, ...(isCompressed && { compressionAlgorithm: 'GZIP' }) },
  };
}

/** The download from a presigned address, which needs no token and accepts none. */
export function downloadReport(
  { reports, reportTexts, now }: ReportsAccount,
  documentId: string,
  { headers, url = '' }: IncomingMessage,
): Reply {
  if (headers.authorization !== undefined) throw onlyOneMechanism();
  if (headers['x-amz-access-token'] !== undefined) throw unsignedHeader('x-amz-access-token');
  const { pathname, searchParams: query } = new URL(url, 'http://simulator');
  const validity = checkSignature(pathname, query, now());
  if (validity.kind === 'forged') throw query.has('X-Amz-Signature') ? signatureDoesNotMatch() : accessDenied();
  if (validity.kind === 'expired') throw accessDenied({ expiredAt: validity.at, now: now() });
  const report = reports.ofDocument(documentId);
  if (report === undefined) throw accessDenied();
  const { contentType, open } = documentOf(report, reportTexts);
  const encoding = query.get('response-content-encoding') ?? 'identity';
  return {
    status: 200,
    headers: { 'content-type': contentType, ...(encoding === 'gzip' && { 'content-encoding': encoding }) },
    body: new StreamBody(open),
  };
}
