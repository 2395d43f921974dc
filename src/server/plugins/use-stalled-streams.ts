import type { ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/** Yoga's context over HTTP. */
interface NodeContext {
  readonly res?: ServerResponse;
}

/**
 * Disconnects clients of server-sent events that read nothing for `stallMs`, or up to twice as long. Until then a stalled
 * client costs an event or two: the next is created when the last is read.
 */
export function useStalledStreams(stallMs: number = requestBudget.writeTimeoutMs): Plugin<object, NodeContext> {
  return {
    onResponse: ({ response, serverContext: { res } }) => {
      // Yoga also streams to clients that accept any type.
      if (res && response.headers.get('content-type')?.startsWith('text/event-stream')) closeWhenStalled(res, stallMs);
    },
  };
}

function closeWhenStalled(response: ServerResponse, stallMs: number): void {
  if (response.closed) return;
  let stalled = false;
  const timer = setInterval(() => {
    if (stalled) response.destroy();
    stalled = response.writableNeedDrain;
  }, stallMs);
  timer.unref();
  response.on('drain', () => {
    stalled = false;
  });
  response.once('close', () => clearInterval(timer));
}
