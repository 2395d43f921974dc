import type { ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import { requestBudget } from '../../graphql/limits/request-budget.js';

/** What Yoga has beside the request, over HTTP. */
interface NodeContext {
  readonly res?: ServerResponse;
}

/** Yoga sends events to who takes anything, too: the answer tells whether it is a stream. */
export function useStalledStreams(stallMs: number = requestBudget.writeTimeoutMs): Plugin<object, NodeContext> {
  return {
    onResponse: ({ response, serverContext: { res } }) => {
      if (res && response.headers.get('content-type')?.startsWith('text/event-stream')) cutWhenStalled(res, stallMs);
    },
  };
}

/**
 * Cuts a stream of events off whose client has taken nothing for so long, or twice as long at most. Until then it costs an
 * event or two: the next one is made when the last is taken.
 */
function cutWhenStalled(response: ServerResponse, stallMs: number): void {
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
