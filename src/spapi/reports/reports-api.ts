import type { CallWatch } from '../http/call-watch.js';
import type { SpApiClient } from '../http/client.js';
import type { Download } from '../http/download.js';
import { failureBehind, unexpectedAnswer } from '../http/errors.js';
import { readReport } from './read-report.js';
import { ReportContentError, type ReportSource } from './report-source.js';
import { wireCreatedReport, wireReport, wireReportDocument } from './wire.js';

const PATH = '/reports/2021-06-30';

/** The Reports API, version 2021-06-30. */
export function createReportSource(client: SpApiClient): ReportSource {
  return {
    async createReport({ reportType, marketplaceIds, from, until }, watch) {
      const specification = {
        reportType,
        marketplaceIds,
        dataStartTime: wholeSeconds(from),
        dataEndTime: wholeSeconds(until),
      };
      const read = wireCreatedReport.safeParse(
        await client.post('createReport', `${PATH}/reports`, specification, watch),
      );
      if (!read.success) throw unexpectedAnswer('createReport');
      return read.data.reportId;
    },

    async getReport(reportId, watch) {
      const answer = await unlessUnknown(
        client.get('getReport', `${PATH}/reports/${encodeURIComponent(reportId)}`, '', watch),
      );
      if (answer === null) return null;
      const read = wireReport.safeParse(answer);
      if (!read.success) throw unexpectedAnswer('getReport');
      const { processingStatus, reportDocumentId, createdTime, processingStartTime, processingEndTime } = read.data;
      return {
        reportId,
        status: processingStatus,
        documentId: reportDocumentId ?? null,
        createdTime,
        startedTime: processingStartTime,
        endedTime: processingEndTime,
      };
    },

    async *readOrders(documentId, options, watch) {
      const download = await openDocument(client, documentId, watch);
      yield* readReport(download, options);
    },
  };
}

/** Starts to download a document, with a second URL if the first has expired (model: after five minutes). */
async function openDocument(client: SpApiClient, documentId: string, watch: CallWatch): Promise<Download> {
  for (let isSecond = false; ; isSecond = true) {
    const answer = await unlessUnknown(
      client.get('getReportDocument', `${PATH}/documents/${encodeURIComponent(documentId)}`, '', watch),
    );
    if (answer === null) throw documentGone();
    const read = wireReportDocument.safeParse(answer);
    if (!read.success) throw unexpectedAnswer('getReportDocument');
    try {
      return await client.download(read.data.url, `(the download URL of document ${documentId})`, watch);
    } catch (error) {
      if (isSecond || failureBehind(error)?.status !== 403) throw error;
    }
  }
}

function documentGone(): ReportContentError {
  return new ReportContentError(
    'GONE',
    'Amazon no longer has the report (it keeps one for 30 days). The next attempt asks for a new one.',
  );
}

/** Resolves with null for a 404 of Amazon's; one without a code comes from another server, which doesn't know the path. */
async function unlessUnknown<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    const failure = failureBehind(error);
    if (failure?.status === 404 && failure.code !== null) return null;
    throw error;
  }
}

function wholeSeconds(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
