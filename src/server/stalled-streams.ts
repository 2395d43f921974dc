import type { ServerResponse } from 'node:http';

const STALL_MS = 30_000;

/**
 * Cuts a stream of events off whose client has taken nothing for so long, or twice as long at most. Until then it costs an
 * event or two: the next one is made when the last is taken.
 */
export function cutWhenStalled(response: ServerResponse, stallMs = STALL_MS): void {
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
