import type { IncomingHttpHeaders } from 'node:http';

/** No personal data, no secrets, no ids of orders, no values of variables or statements. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | null>>;

/** A span that has not ended. */
export interface Span {
  /** Sets attributes; null ones are left out. */
  set(attributes: SpanAttributes): void;
  /** Marks it as failed, by a code or an error's name. */
  fail(code: string): void;
}

export interface SpanOptions {
  /** Default: the work of this process. */
  readonly kind?: 'SERVER' | 'CLIENT' | 'CONSUMER';
  readonly attributes?: SpanAttributes;
  /** Headers of a request, whose `traceparent` names the parent; null: none. By default the span that it is called in. */
  readonly parent?: IncomingHttpHeaders | null;
}

/** A span that has ended. */
export interface EndedSpan extends SpanOptions {
  readonly start: Date;
  readonly end: Date;
  readonly failure: string | null;
}

/** Records what the program does as spans of traces. */
export interface Tracer {
  /** Executes work as a span, to which spans within belong. A rejection marks it as failed. */
  span<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** Records a span that has ended, within the current one. */
  record(name: string, span: EndedSpan): void;
}

const ignored: Span = { set: () => {}, fail: () => {} };

/** Records nothing. */
export const noTracer: Tracer = {
  span: (_name, _options, work) => work(ignored),
  record: () => {},
};
