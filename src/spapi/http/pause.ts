import type { Clock } from '../../core/clock.js';
import type { CallWatch, WaitReason } from '../orders/order-source.js';

/** Shorter waits are not worth telling. */
const TOLD_FROM_MS = 250;

/** Sleeps, and lets the one who waits for the call know until when, and why. Rejects with the signal's reason when aborted. */
export async function pause(ms: number, reason: WaitReason, clock: Clock, watch: CallWatch): Promise<void> {
  const told = ms > TOLD_FROM_MS;
  if (told) watch.onWait(new Date(clock.now().getTime() + ms), reason);
  try {
    await clock.sleep(ms, watch.signal);
  } finally {
    if (told) watch.onWait(null, null);
  }
}
