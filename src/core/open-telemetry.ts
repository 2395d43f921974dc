import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Context,
  defaultTextMapGetter,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ExportResultCode, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger } from './logger.js';
import type { Span, SpanAttributes, SpanOptions, Tracer } from './tracer.js';
import { version } from './version.js';

/** At a stop, the last spans may be sent within this time. */
const STOP_MS = 900;

/**
 * A tracer that sends spans to a collector by OTLP over HTTP, in batches, in the background. Its settings are the standard
 * variables of OpenTelemetry, which its SDK reads itself. Loaded only where tracing is on.
 */
export function openTracer(logger: Logger): { readonly tracer: Tracer; readonly close: () => Promise<void> } {
  const resource = resourceFromAttributes({
    'service.name': 'ordermirror',
    'service.version': version,
    'service.instance.id': randomUUID(),
  }).merge(detectResources({ detectors: [envDetector] }));
  const exporter = withLog(new OTLPTraceExporter(), logger);
  const provider = new BasicTracerProvider({ resource, spanProcessors: [new BatchSpanProcessor(exporter)] });
  const otel = provider.getTracer('ordermirror', version);
  const propagator = new W3CTraceContextPropagator();
  const current = new AsyncLocalStorage<Context>();

  const contextOf = (parent: IncomingHttpHeaders | null | undefined): Context => {
    if (parent === undefined) return current.getStore() ?? ROOT_CONTEXT;
    return parent === null ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, parent, defaultTextMapGetter);
  };
  const start = (name: string, { kind, attributes = {} }: SpanOptions, context: Context, startTime?: Date) =>
    otel.startSpan(
      name,
      {
        kind: kind ? SpanKind[kind] : SpanKind.INTERNAL,
        attributes: known(attributes),
        ...(startTime && { startTime }),
      },
      context,
    );

  const tracer: Tracer = {
    span: async (name, options, work) => {
      const context = contextOf(options.parent);
      const span = start(name, options, context);
      try {
        return await current.run(trace.setSpan(context, span), work, asSpan(span));
      } catch (error) {
        fail(span, codeOf(error));
        throw error;
      } finally {
        span.end();
      }
    },
    record: (name, ended) => {
      const span = start(name, ended, contextOf(ended.parent), ended.start);
      if (ended.failure !== null) fail(span, ended.failure);
      span.end(ended.end);
    },
  };
  const close = async () => {
    await Promise.race([provider.shutdown().catch(() => {}), delay(STOP_MS, undefined, { ref: false })]);
  };
  return { tracer, close };
}

function asSpan(span: OtelSpan): Span {
  return {
    set: (attributes) => span.setAttributes(known(attributes)),
    fail: (code) => fail(span, code),
  };
}

function fail(span: OtelSpan, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The code or the name: a message may contain what is no concern of a collector. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}

function known(attributes: SpanAttributes): Record<string, string | number | boolean> {
  const entries = Object.entries(attributes).filter(
    (entry): entry is [string, string | number | boolean] => entry[1] !== null,
  );
  return Object.fromEntries(entries);
}

/** Logs the first of several failures in a row, and the end of them. */
function withLog(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const hasFailed = result.code !== ExportResultCode.SUCCESS;
        if (hasFailed && !isFailing)
          logger.warn(
            { err: result.error },
            'Traces could not be sent to the OpenTelemetry collector, and are dropped until it takes them. Check OTEL_EXPORTER_OTLP_ENDPOINT.',
          );
        if (!hasFailed && isFailing) logger.info('The OpenTelemetry collector takes traces again.');
        isFailing = hasFailed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
