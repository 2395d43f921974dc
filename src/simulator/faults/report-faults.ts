import { type Active, activate, countAndMatch, type Timing } from './rules.js';

/** What is wrong with a report, from its creation on. Faults of single requests, downloads included, are in FaultSchedule. */
export type ReportFault =
  /** FATAL; with `reason`, a document that holds this text (documented: it may exist). */
  | { kind: 'fatal'; reason?: string }
  /** CANCELLED though there is data (seen in the field). */
  | { kind: 'cancelled' }
  /** Stays in this status (default IN_PROGRESS) for `ms` milliseconds (default: for ever; models#4960, docs#3273). */
  | { kind: 'stuck'; status?: 'IN_QUEUE' | 'IN_PROGRESS'; ms?: number }
  /** DONE with a sentence in place of the XML (models#2591), by default that of a window over 30 days. */
  | { kind: 'sentence'; text?: string }
  /** DONE with a document of 0 bytes. */
  | { kind: 'empty' }
  /** DONE with an envelope without an order. */
  | { kind: 'no-orders' }
  /** The document ends in the middle of an order, and is sent completely. */
  | { kind: 'cut-off' }
  /** The XML of the order at this place of the document (from 0, default 0) is not well-formed. */
  | { kind: 'malformed-order'; index?: number }
  /** The Content-Type names another charset than the one of the content. */
  | { kind: 'wrong-charset' }
  /** Replaces the XML of each order; `index` counts from 0. */
  | { kind: 'rewrite-order'; rewrite: (xml: string, index: number) => string };

export interface ReportFaultRule extends Timing {
  fault: ReportFault;
  /** Only for reports whose window holds this instant, in milliseconds. */
  covering?: number;
}

/** The rules that select the fault of each report that is created. */
export class ReportFaults {
  #rules: Active<ReportFaultRule>[] = [];

  /** Adds a rule. The first matching rule applies, in the order of addition. */
  add(rule: ReportFaultRule): void {
    this.#rules.push(activate(rule));
  }

  /** Removes all rules; reports that were created keep their faults. */
  clear(): void {
    this.#rules = [];
  }

  /** Returns the fault of a new report. Every rule of its window counts it, whether it applies or not. */
  next({ from, until }: { from: number; until: number }): ReportFault | undefined {
    const isInWindow = ({ covering = from }: ReportFaultRule) => covering >= from && covering <= until;
    return this.#rules.filter(isInWindow).filter(countAndMatch)[0]?.fault;
  }
}
