import { SyncError } from '../../core/errors.js';
import type { CallWatch } from '../http/call-watch.js';
import type { Order } from '../orders/order.js';
import type { UnreadableOrder } from '../orders/order-source.js';

/** Both contain all orders with their items (docs: only the XML types have item ids); they differ in what selects an order. */
export type OrdersReportType =
  /** By purchase date. */
  | 'GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL'
  /** By last update. */
  | 'GET_XML_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL';

/** A source of orders in bulk: the Reports API 2021-06-30. */
export interface ReportSource {
  /**
   * Asks Amazon to generate a report, and returns its id. Retried like any call: after a failure whose outcome is unknown
   * (connection lost, 5xx) Amazon may generate a second report, which costs quota only. model: one every 60 s, burst 15.
   * @throws {SyncError}
   */
  createReport(request: ReportRequest, watch: CallWatch): Promise<string>;
  /**
   * Returns the state of a report; null if Amazon doesn't know it (docs: reports are listed for 90 days). model: two a
   * second, burst 15.
   * @throws {SyncError}
   */
  getReport(reportId: string, watch: CallWatch): Promise<Report | null>;
  /**
   * Downloads a report document and yields its orders in batches, in the order of the document. Nothing is written to disk,
   * and no more than a batch is in memory: the download pauses until the next batch is asked for, and ends if none is. Costs
   * a getReportDocument (model: one every 60 s, burst 15), and a second one if the download URL has expired.
   * @throws {ReportContentError} if the document isn't a whole report; batches before it are valid
   * @throws {SyncError} if it can't be downloaded after all retries
   */
  readOrders(
    documentId: string,
    options: ReadOrdersOptions,
    watch: CallWatch,
  ): AsyncGenerator<ReportedOrders, void, undefined>;
}

export interface ReportRequest {
  readonly reportType: OrdersReportType;
  /** model: 1 to 25. */
  readonly marketplaceIds: readonly string[];
  /** Rounded down to the second, as the next one. Field: more than 30 days return an error sentence in place of a report. */
  readonly from: Date;
  readonly until: Date;
}

/** CANCELLED also means that there is no data (model). Of a FATAL report a document may say why (docs). */
export type ReportStatus = 'IN_QUEUE' | 'IN_PROGRESS' | 'DONE' | 'CANCELLED' | 'FATAL';

export interface Report {
  readonly reportId: string;
  /** A new value of Amazon's is kept. */
  readonly status: ReportStatus | (string & {});
  /** Null until there is one. Amazon keeps it for 30 days (docs). */
  readonly documentId: string | null;
  /** When it was created, and when its processing started and ended; null if not yet or unreadable. */
  readonly createdTime: Date | null;
  readonly startedTime: Date | null;
  readonly endedTime: Date | null;
}

export interface ReadOrdersOptions {
  /** Orders of other marketplaces are skipped: a report may contain the whole region (field). */
  readonly marketplaceIds: readonly string[];
  /** Orders in a batch. */
  readonly batchOrders: number;
}

export interface ReportedOrders {
  /** As read from the API, with the members that reports have. Orders of an unknown marketplace are included. */
  readonly orders: readonly Order[];
  /** Orders of the batch that could not be read. */
  readonly rejected: readonly UnreadableOrder[];
  /** Number of orders of marketplaces that were not asked for. */
  readonly others: number;
}

/**
 * What is wrong with a report document:
 * GONE: Amazon no longer has it. EMPTY: it has no bytes. NOT_XML: a sentence in place of a report, as for a range of more than
 * 30 days (field). NO_ORDERS: a complete report without orders. CUT_OFF: the download or the XML ended early. MALFORMED: not
 * the XML of a report.
 */
export type ReportProblem = 'GONE' | 'EMPTY' | 'NOT_XML' | 'NO_ORDERS' | 'CUT_OFF' | 'MALFORMED';

/** A report document that is not a whole report. */
export class ReportContentError extends SyncError {
  readonly kind: ReportProblem;

  constructor(kind: ReportProblem, message: string, options?: ErrorOptions) {
    super('SP_API_UNAVAILABLE', message, options);
    this.kind = kind;
  }
}
