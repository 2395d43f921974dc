import { z } from 'zod';
import { instantOrNull } from '../orders/wire.js';

/** An id that is sent in the path of a URL. */
const id = z.string().regex(/^(?=.*\w)[^\p{C}\s]{1,500}$/u);

/** model: CreateReportResponse. */
export const wireCreatedReport = z.object({ reportId: id });

/** model: Report. */
export const wireReport = z.object({
  processingStatus: z.string().min(1).max(200),
  reportDocumentId: id.nullish(),
  createdTime: instantOrNull,
  processingStartTime: instantOrNull,
  processingEndTime: instantOrNull,
});

/** model: ReportDocument. The bytes say whether they are compressed (report-bytes.ts). */
export const wireReportDocument = z.object({ url: z.string().max(20_000) });
