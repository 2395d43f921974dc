import { randomUUID } from 'node:crypto';
import { type ReportFault, type ReportFaultRule, ReportFaults } from '../faults/report-faults.js';
import type { OrderBook } from '../orders/order-book.js';
import type { OrderVersion } from '../orders/order-version.js';
import type { ReportRequest } from './report-request.js';

/** How reports are made; a change applies to the reports created after it. */
export interface ReportSettings {
  /** Milliseconds in IN_QUEUE (default 5,000) and then in IN_PROGRESS (default 10,000), on the simulator's clock. */
  queueMs: number;
  processingMs: number;
  /** The orders are those at the start (default) or at the end of processing. */
  snapshotAt: 'start' | 'end';
  /** The report holds the orders of all of the account's marketplaces (docs#1404), not only those asked for (default false). */
  wholeRegion: boolean;
  /** A window without an order ends as CANCELLED (default true, documented), else as DONE with no order. */
  cancelEmpty: boolean;
  /** Documents are compressed (default true). */
  gzip: boolean;
  /** Default UTF-8. */
  charset: 'UTF-8' | 'ISO-8859-1';
}

export type ReportStatus = 'IN_QUEUE' | 'IN_PROGRESS' | 'DONE' | 'CANCELLED' | 'FATAL';

/** A report as it was requested. */
export interface CreatedReport extends ReportRequest {
  reportId: string;
  /** Milliseconds. */
  createdAt: number;
}

/** A report, with all that its document depends on. */
export interface Report extends CreatedReport {
  settings: ReportSettings;
  fault: ReportFault | undefined;
  documentId: string;
  /** Milliseconds. */
  startsAt: number;
  endsAt: number;
  /** The orders, from the instant of the snapshot on, in no particular order. */
  orders: OrderVersion[] | undefined;
}

const DAY = 86_400_000;
/** getReports goes back 90 days (model). */
const REPORT_LIFE_MS = 90 * DAY;
/** Documents of order reports are kept for 30 days (docs). */
const DOCUMENT_LIFE_MS = 30 * DAY;
/** Longer windows get a sentence in place of orders (docs#2591). */
const MAX_WINDOW_MS = 30 * DAY;

const DEFAULTS: ReportSettings = {
  queueMs: 5000,
  processingMs: 10_000,
  snapshotAt: 'start',
  wholeRegion: false,
  cancelEmpty: true,
  gzip: true,
  charset: 'UTF-8',
};

/** The account's reports: their life on the simulator's clock, settings and faults. */
export class Reports {
  /** All reports that were requested since the start, oldest first. */
  readonly created: CreatedReport[] = [];
  readonly #now: () => number;
  readonly #book: OrderBook;
  readonly #faults = new ReportFaults();
  readonly #reports = new Map<string, Report>();
  readonly #byDocument = new Map<string, Report>();
  #settings: ReportSettings;

  constructor(now: () => number, book: OrderBook, settings: Partial<ReportSettings> = {}) {
    this.#now = now;
    this.#book = book;
    this.#settings = { ...DEFAULTS, ...settings };
  }

  /** Changes settings, for the reports created from now on. */
  set(settings: Partial<ReportSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /** Adds a fault, for the reports created from now on. */
  add(rule: ReportFaultRule): void {
    this.#faults.add(rule);
  }

  /** Removes all faults; reports that were created keep theirs. */
  clear(): void {
    this.#faults.clear();
  }

  /** Creates a report; its status follows from the clock. */
  create(request: ReportRequest): Report {
    const createdAt = this.#now();
    const settings = this.#settings;
    const fault = this.#faults.next(request) ?? faultOf(request);
    const stuck = fault?.kind === 'stuck' ? fault : undefined;
    const { status: stuckIn = 'IN_PROGRESS', ms = Number.POSITIVE_INFINITY } = stuck ?? { ms: 0 };
    const startsAt = createdAt + settings.queueMs + (stuckIn === 'IN_QUEUE' ? ms : 0);
    const endsAt = startsAt + settings.processingMs + (stuckIn === 'IN_PROGRESS' ? ms : 0);
    const reportId = String(FIRST_ID + this.created.length);
    const created: CreatedReport = { ...request, reportId, createdAt };
    const documentId = `amzn1.spdoc.1.4.${randomUUID()}.T${reportId}.1`;
    const report: Report = { ...created, settings, fault, documentId, startsAt, endsAt, orders: undefined };
    this.created.push(created);
    this.#reports.set(reportId, report);
    this.#byDocument.set(documentId, report);
    this.#takeSnapshot(report);
    return report;
  }

  /** Returns a report that is not older than 90 days. */
  get(reportId: string): Report | undefined {
    const report = this.#reports.get(reportId);
    if (report === undefined || this.#now() - report.createdAt >= REPORT_LIFE_MS) return undefined;
    this.#takeSnapshot(report);
    return report;
  }

  /** Returns the report of a document that is not older than 30 days. */
  ofDocument(documentId: string): Report | undefined {
    const report = this.#byDocument.get(documentId);
    if (report === undefined || this.#now() - report.endsAt >= DOCUMENT_LIFE_MS) return undefined;
    this.#takeSnapshot(report);
    return this.hasDocument(report) ? report : undefined;
  }

  /** Returns the current status. */
  statusOf(report: Report): ReportStatus {
    const { fault, settings, orders = [] } = report;
    const now = this.#now();
    if (now < report.startsAt) return 'IN_QUEUE';
    if (now < report.endsAt) return 'IN_PROGRESS';
    if (fault?.kind === 'fatal') return 'FATAL';
    if (fault?.kind === 'cancelled') return 'CANCELLED';
    const hasText = fault?.kind === 'sentence' || fault?.kind === 'empty' || fault?.kind === 'no-orders';
    return orders.length === 0 && settings.cancelEmpty && !hasText ? 'CANCELLED' : 'DONE';
  }

  /** Whether there is a document now. */
  hasDocument(report: Report): boolean {
    const status = this.statusOf(report);
    const isFatal = status === 'FATAL' && report.fault?.kind === 'fatal' && report.fault.reason !== undefined;
    return status === 'DONE' || isFatal;
  }

  /** Keeps the orders as they were at the instant of the snapshot, once that has passed. */
  #takeSnapshot(report: Report): void {
    const { settings, reportType, marketplaceIds, from, until } = report;
    const at = settings.snapshotAt === 'start' ? report.startsAt : report.endsAt;
    if (report.orders !== undefined || this.#now() < at) return;
    const time = reportType === 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL' ? 'created' : 'updated';
    const isAsked = (id: string | undefined) => settings.wholeRegion || id === undefined || marketplaceIds.includes(id);
    report.orders = this.#book.asOf(
      at,
      (version) => version[time] >= from && version[time] <= until && isAsked(version.marketplaceId),
    );
  }
}

const FIRST_ID = 50_001_020_411;

function faultOf({ from, until }: ReportRequest): ReportFault | undefined {
  return until - from > MAX_WINDOW_MS ? { kind: 'sentence' } : undefined;
}
