import type { ServerResponse } from 'node:http';

/** More than two of the pings that go out every 12 s while there is nothing else to send. */
const STALL_MS = 30_000;

/**
 * Cuts a stream of events off whose client has taken nothing for so long, or up to twice as long. Until then it costs one
 * event: the next is made when the last is taken. (Not by the socket's own time-out: Yoga takes that away from streams.)
 */
export function cutWhenStalled(response: ServerResponse, stallMs = STALL_MS): void {
  let waitedFor: number | null = null;
  const timer = setInterval(() => {
    const { bytesWritten = 0, writableLength = 0 } = response.socket ?? {};
    const taken = bytesWritten - writableLength;
    if (writableLength > 0 && waitedFor === taken) response.destroy();
    waitedFor = writableLength > 0 ? taken : null;
  }, stallMs);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}
