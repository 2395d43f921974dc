import type { ReportConfig } from '../config/config.js';
import type { Clock } from '../core/clock.js';
import { SyncError } from '../core/errors.js';
import type { Logger } from '../core/logger.js';
import { prefetch } from '../core/prefetch.js';
import { Wakeup } from '../core/wakeup.js';
import type { Database, Sql } from '../database/database.js';
import type { RunCalls } from '../runs/run-calls.js';
import type { ClaimedRun } from '../runs/run-store.js';
import { type CallWatch, concurrentWatches, withSignal } from '../spapi/http/call-watch.js';
import { failureBehind } from '../spapi/http/errors.js';
import {
  type OrdersReportType,
  ReportContentError,
  type ReportedOrders,
  type ReportSource,
} from '../spapi/reports/report-source.js';
import { forecastReports, progressOf } from './forecast.js';
import { halvesOf, type PlannedWindow } from './plan.js';
import {
  changeWindows,
  deleteWindow,
  insertWindows,
  type ReportWindow,
  readWindowsOf,
  updateWindow,
  type WindowChange,
} from './window-store.js';

/** Failures of a window after which it is given up. */
const MAX_FAILURES = 3;
/** Failures in a row, without a report that could be read in between, that count as an outage. */
const MAX_FAILURES_IN_A_ROW = 8;
/** A failed window is halved, since its size may be the cause, but not to less than this. */
const MIN_WINDOW_MS = 3 * 86_400_000;
/** Field: a report is CANCELLED if there is no data, and sometimes though there is. */
const EMPTY_ANSWERS_NEEDED = 2;
const POLL_GROWTH = 4;

/** What a kind of run does with reports. */
export interface ReportWork<Batch> {
  readonly reportType: OrdersReportType;
  readonly batchOrders: number;
  /**
   * Prepares a batch of a window's orders, without those of marketplaces that are not the window's. Called while the batch
   * before is taken, so that the database and this process work at the same time.
   */
  prepare(batch: ReportedOrders): Promise<Batch>;
  /** Called before a window is read, also if it was read in part before. One may be DONE without orders meanwhile. */
  begin(window: ReportWindow): WindowWork<Batch>;
}

/** What a kind of run does with the report of one window. */
export interface WindowWork<Batch> {
  take(batch: Batch): Promise<void>;
  /** Called in the transaction in which the window becomes DONE. */
  finish(sql: Sql): Promise<void>;
}

export interface ReportContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly calls: RunCalls;
  readonly reports: ReportSource;
  readonly settings: ReportConfig;
}

/**
 * Reads all windows of a run, newest first: creates reports as the quota allows, looks at those that Amazon makes, and reads
 * those that are ready, all at once. Each step of a window is stored, so that an interrupted run continues where it was.
 * @returns the windows, all of them DONE or GAP
 * @throws {SyncError} that ends the run; its windows stay for the next one. {LeaseLostError}
 */
export async function readReports<Batch>(
  run: ClaimedRun,
  context: ReportContext,
  work: ReportWork<Batch>,
): Promise<readonly ReportWindow[]> {
  const windows = await readWindowsOf(context.database, run.id);
  return new ReportsReader(run, context, work, windows).read();
}

class ReportsReader<Batch> {
  readonly #run: ClaimedRun;
  readonly #context: ReportContext;
  readonly #work: ReportWork<Batch>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #watches: Readonly<Record<'create' | 'look' | 'read', CallWatch>>;
  readonly #changed = new Wakeup();
  #windows: readonly ReportWindow[];
  #failuresInARow = 0;
  #changing: Promise<void> = Promise.resolve();

  constructor(run: ClaimedRun, context: ReportContext, work: ReportWork<Batch>, windows: readonly ReportWindow[]) {
    this.#run = run;
    this.#context = context;
    this.#work = work;
    this.#windows = windows;
    this.#signal = AbortSignal.any([context.calls.signal, this.#stop.signal]);
    this.#watches = concurrentWatches(withSignal(context.calls, this.#signal), ['create', 'look', 'read']);
  }

  async read(): Promise<readonly ReportWindow[]> {
    const loops = [
      this.#forEach('PENDING', (window) => this.#create(window)),
      this.#forEach('REQUESTED', (window) => this.#look(window)),
      this.#forEach('READY', (window) => this.#readReport(window)),
    ];
    try {
      await Promise.all(loops);
      return this.#windows;
    } finally {
      this.#stop.abort(new SyncError('INTERRUPTED', 'Another part of the run has failed.'));
      await Promise.allSettled(loops);
    }
  }

  /** Takes each window that reaches this state, the newest first, until all windows are DONE or given up. */
  async #forEach(state: ReportWindow['state'], step: (window: ReportWindow) => Promise<void>): Promise<void> {
    while (this.#windows.some(({ state }) => state !== 'DONE' && state !== 'GAP')) {
      this.#signal.throwIfAborted();
      const now = this.#context.clock.now().getTime();
      const waiting = this.#windows.filter((window) => window.state === state);
      const dueAt = (window: ReportWindow) => window.nextStepAt?.getTime() ?? 0;
      const next = waiting.find((window) => dueAt(window) <= now);
      if (next) await step(next);
      else await this.#changed.wait(this.#context.clock, Math.min(...waiting.map(dueAt)) - now, this.#signal);
    }
  }

  async #create(window: ReportWindow): Promise<void> {
    const { reports, clock, settings } = this.#context;
    const { marketplaceIds, from, until } = window;
    let reportId: string;
    try {
      const request = { reportType: this.#work.reportType, marketplaceIds, from, until };
      reportId = await reports.createReport(request, this.#watches.create);
    } catch (error) {
      if (!(error instanceof SyncError) || error.code !== 'SP_API_INVALID_INPUT') throw error;
      return this.#fail(window, `Amazon refused to create the report: ${error.message}`, error);
    }
    const requestedAt = clock.now();
    const nextStepAt = new Date(requestedAt.getTime() + settings.pollMs);
    await this.#move(window, { state: 'REQUESTED', reportId, documentId: null, requestedAt, nextStepAt });
  }

  async #look(window: ReportWindow): Promise<void> {
    const { reports, clock, settings } = this.#context;
    const report = await reports.getReport(window.reportId ?? '', this.#watches.look);
    const now = clock.now();
    const ageMs = now.getTime() - (window.requestedAt ?? now).getTime();
    if (report === null) return this.#fail(window, 'Amazon no longer knows the report.');
    const { status, documentId } = report;
    if (status === 'DONE' && documentId === null) return this.#fail(window, 'The report is DONE without a document.');
    if (status === 'DONE') return this.#move(window, { state: 'READY', documentId, nextStepAt: null });
    if (status === 'CANCELLED') return this.#noData(window);
    if (status === 'FATAL')
      return this.#fail(window, `Amazon could not make the report: ${await this.#why(documentId)}`);
    if (ageMs > settings.patienceMs)
      return this.#fail(window, `Amazon has not finished the report in ${hours(ageMs)}; its state is ${status}.`);
    const waitMs = Math.min(settings.pollMs * POLL_GROWTH, Math.max(settings.pollMs, ageMs / POLL_GROWTH));
    await this.#move(window, { nextStepAt: new Date(now.getTime() + waitMs) });
  }

  /** Field: CANCELLED is the answer where there is no data; a second report proves it. */
  async #noData(window: ReportWindow): Promise<void> {
    const emptyAnswers = window.emptyAnswers + 1;
    if (emptyAnswers >= EMPTY_ANSWERS_NEEDED) return this.#finish(window, 0, this.#work.begin(window));
    await this.#move(window, { state: 'PENDING', emptyAnswers, nextStepAt: this.#later() });
  }

  /** docs: a document of a FATAL report may say why. */
  async #why(documentId: string | null): Promise<string> {
    if (documentId === null) return 'it is FATAL.';
    try {
      const options = { marketplaceIds: [], batchOrders: 1 };
      for await (const _ of this.#context.reports.readOrders(documentId, options, this.#watches.look))
        return 'it is FATAL.';
    } catch (error) {
      if (error instanceof ReportContentError) return error.message;
      throw error;
    }
    return 'it is FATAL.';
  }

  async #readReport(window: ReportWindow): Promise<void> {
    let orders = 0;
    const work = this.#work.begin(window);
    try {
      for await (const { batch, count } of prefetch((unwanted) => this.#batchesOf(window, unwanted))) {
        orders += count;
        await work.take(batch);
        this.#signal.throwIfAborted();
      }
    } catch (error) {
      if (!(error instanceof ReportContentError)) throw error;
      if (error.kind === 'NO_ORDERS') return this.#noData(window);
      return this.#fail(window, error.message, error);
    }
    await this.#finish(window, orders, work);
  }

  async *#batchesOf({ documentId, marketplaceIds }: ReportWindow, unwanted: AbortSignal) {
    const watch = withSignal(this.#watches.read, AbortSignal.any([this.#signal, unwanted]));
    const options = { marketplaceIds, batchOrders: this.#work.batchOrders };
    for await (const reported of this.#context.reports.readOrders(documentId ?? '', options, watch))
      yield { batch: await this.#work.prepare(reported), count: reported.orders.length };
  }

  async #finish(window: ReportWindow, orders: number, work: WindowWork<Batch>): Promise<void> {
    this.#failuresInARow = 0;
    await this.#move(window, { state: 'DONE', orders, reason: null, nextStepAt: null }, (sql) => work.finish(sql));
  }

  /** Halves the window; one that is too short for that is tried again, and given up in the end. */
  async #fail(window: ReportWindow, reason: string, cause?: SyncError): Promise<void> {
    const { logger } = this.#context;
    const log = { from: window.from, until: window.until, reportId: window.reportId, reason };
    logger.warn(log, 'A report could not be read; the run tries again.');
    this.#failuresInARow += 1;
    if (this.#failuresInARow >= MAX_FAILURES_IN_A_ROW)
      throw cause && failureBehind(cause)
        ? cause
        : new SyncError(
            'SP_API_UNAVAILABLE',
            `Amazon's last ${MAX_FAILURES_IN_A_ROW} reports could not be read. The last reason: ${reason} What was read is kept; a later run continues.`,
          );
    const failures = window.failures + 1;
    const halves = halvesOf(window, MIN_WINDOW_MS);
    const nextStepAt = this.#later();
    if (halves && failures > 1) {
      const { marketplaceIds, isOldest } = window;
      const [newer, older] = halves;
      await this.#replace(window, [
        { ...newer, marketplaceIds, isOldest: false },
        { ...older, marketplaceIds, isOldest },
      ]);
    } else if (failures < MAX_FAILURES) {
      await this.#move(window, { state: 'PENDING', failures, reason, nextStepAt });
    } else {
      await this.#move(window, { state: 'GAP', failures, reason, nextStepAt: null });
    }
  }

  #later(): Date {
    return new Date(this.#context.clock.now().getTime() + this.#context.settings.retryMs);
  }

  async #move(window: ReportWindow, change: WindowChange, work?: (sql: Sql) => Promise<void>): Promise<void> {
    const moved = { ...window, ...change };
    await this.#change(window, [moved], async (sql) => {
      await updateWindow(sql, window.id, change, this.#context.clock.now());
      await work?.(sql);
      return [moved];
    });
  }

  async #replace(window: ReportWindow, halves: readonly PlannedWindow[]): Promise<void> {
    await this.#change(window, [], async (sql) => {
      await deleteWindow(sql, window.id);
      return insertWindows(sql, this.#run, halves);
    });
  }

  /** Replaces a window. One change follows the other, so that the run's progress never goes back. */
  async #change(
    window: ReportWindow,
    expected: readonly ReportWindow[],
    work: (sql: Sql) => Promise<readonly ReportWindow[]>,
  ): Promise<void> {
    const before = this.#changing;
    const change = before.then(() => this.#changeNow(window, expected, work));
    this.#changing = change.catch(() => {});
    await change;
  }

  async #changeNow(
    window: ReportWindow,
    expected: readonly ReportWindow[],
    work: (sql: Sql) => Promise<readonly ReportWindow[]>,
  ): Promise<void> {
    const { database, calls, clock } = this.#context;
    const withChanged = (changed: readonly ReportWindow[]) =>
      this.#windows.flatMap((each) => (each.id === window.id ? changed : [each]));
    const after = withChanged(expected);
    const estimatedFinishAt = forecastReports(after, calls, clock.now());
    const changed = await changeWindows(
      database,
      this.#run,
      (bind) => `
        progress = ${bind(progressOf(after))}::float8, estimated_finish_at = ${bind(estimatedFinishAt)}::timestamptz,
        pages = ${bind(after.filter(({ state }) => state === 'DONE').length)}::int, attempts = 0,
        requests = greatest(requests, ${bind(calls.requests)}::int)`,
      work,
    );
    this.#windows = withChanged(changed);
    this.#changed.signal();
  }
}

function hours(ms: number): string {
  return `${Math.round(ms / 3_600_000)} hours`;
}
