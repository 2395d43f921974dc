import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/** A span as the collector received it. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly hasFailed: boolean;
}

interface Payload {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}
interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}
interface RawSpan extends Omit<CollectedSpan, 'attributes' | 'hasFailed'> {
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}

export interface SpanCollector {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** All bodies. */
  readonly text: () => string;
  readonly headers: IncomingHttpHeaders[];
  /** Attributes of the processes that sent spans. */
  readonly resources: Readonly<Record<string, unknown>>[];
  /** Resolves to the first span of this name that passes. */
  span(name: string, passes?: (span: CollectedSpan) => boolean): Promise<CollectedSpan>;
  /** Answers requests from now on; by default by 200. */
  answer(answer: (response: ServerResponse) => void): void;
}

const valuesOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A collector that takes OTLP over HTTP with JSON on this machine; closed after the test. */
export async function spanCollector(): Promise<SpanCollector> {
  const spans: CollectedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const resources: Record<string, unknown>[] = [];
  let all = '';
  let answer: (response: ServerResponse) => void = (response) => response.writeHead(200).end('{}');
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    headers.push(request.headers);
    if (request.url !== '/v1/traces') return void response.writeHead(404).end();
    all += text;
    for (const { resource, scopeSpans } of (JSON.parse(text) as Payload).resourceSpans) {
      resources.push(valuesOf(resource.attributes));
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({
          ...span,
          parentSpanId: span.parentSpanId || undefined,
          attributes: valuesOf(span.attributes),
          hasFailed: span.status.code === 2,
        });
    }
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    resources,
    text: () => all,
    span: (name, passes = () => true) =>
      vi.waitFor(
        () => {
          const found = spans.find((span) => span.name === name && passes(span));
          if (!found) throw new Error(`There is no such span ${name} among ${spans.map((span) => span.name)}`);
          return found;
        },
        { interval: 20, timeout: 60_000 },
      ),
    answer: (next) => {
      answer = next;
    },
  };
}
