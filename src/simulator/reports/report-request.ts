import { invalidInput, unauthorized, unsupportedMediaType } from '../api/http.js';

/** The report types of the simulator: all orders as XML, selected by purchase date or by last update. */
export const REPORT_TYPES = [
  'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL',
  'GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL',
] as const;

export type ReportType = (typeof REPORT_TYPES)[number];

/** A parsed body of createReport (model: CreateReportSpecification). */
export interface ReportRequest {
  reportType: ReportType;
  marketplaceIds: string[];
  /** Milliseconds: the window, both ends included. */
  from: number;
  until: number;
}

const MEMBERS = ['reportType', 'marketplaceIds', 'dataStartTime', 'dataEndTime', 'reportOptions'];
/** model: maxItems. */
const MAX_MARKETPLACES = 25;
const ISO_8601 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;

/**
 * Parses the body of createReport.
 * @param own the account's marketplaces
 * @param now in milliseconds: the default of both times; neither may lie after it (model)
 * @throws {ErrorReply} 400, 403 or 415
 */
export function parseReportRequest(body: string, contentType: string, own: readonly string[], now: number) {
  if (!contentType.startsWith('application/json')) throw unsupportedMediaType();
  const specification = parseObject(body);
  const unknown = Object.keys(specification).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw invalidInput(`Unknown member ${unknown}.`);
  checkOptions(specification.reportOptions);
  const request: ReportRequest = {
    reportType: reportType(specification.reportType),
    marketplaceIds: marketplaces(specification.marketplaceIds),
    from: time('dataStartTime', specification.dataStartTime, now),
    until: time('dataEndTime', specification.dataEndTime, now),
  };
  if (request.from >= request.until) throw invalidInput('dataStartTime must be before dataEndTime.');
  const foreign = request.marketplaceIds.find((id) => !own.includes(id));
  if (foreign !== undefined) throw unauthorized(`Access to marketplace ${foreign} is denied.`);
  return request;
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The same error as for JSON that is no object.
  }
  throw invalidInput('The body is not a JSON object.');
}

function reportType(value: unknown): ReportType {
  const found = REPORT_TYPES.find((type) => type === value);
  if (found === undefined) throw invalidInput(`Report type ${String(value)} is not supported.`);
  return found;
}

function marketplaces(value: unknown): string[] {
  const isList = Array.isArray(value) && value.every((id) => typeof id === 'string' && id !== '');
  if (!isList || value.length < 1 || value.length > MAX_MARKETPLACES) {
    throw invalidInput(`marketplaceIds must be a list of 1 to ${MAX_MARKETPLACES} marketplace ids.`);
  }
  return [...new Set(value as string[])];
}

function time(name: string, value: unknown, now: number): number {
  if (value === undefined) return now;
  const ms = typeof value === 'string' && ISO_8601.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) throw invalidInput(`${name}: the timestamp must follow ISO8601.`);
  if (ms > now) throw invalidInput(`${name} must not be in the future.`);
  return ms;
}

function checkOptions(options: unknown): void {
  if (options === undefined) return;
  const isMap = typeof options === 'object' && options !== null && !Array.isArray(options);
  if (!isMap || Object.values(options).some((value) => typeof value !== 'string')) {
    throw invalidInput('reportOptions must be an object of strings.');
  }
}
