import { Cron } from 'croner';
import type { Clock } from '../core/clock.js';

/** Calls back by a cron pattern, in UTC. */
export interface Ticker {
  /** When it calls back next. */
  nextAt(): Date | null;
  stop(): void;
}

/** The clock is looked at this often at least, so that a change of its time is noticed soon. */
const MAX_TIMER_MS = 30_000;

/**
 * A clock that jumps ahead makes one tick due. One that is set back makes the ticks count from its new time.
 * @param onTick never called while the call before goes on; must not reject
 * @param paused only `nextAt` is wanted
 */
export function startTicker(
  cron: string,
  { clock, paused, onTick }: { readonly clock: Clock; readonly paused: boolean; readonly onTick: () => Promise<void> },
): Ticker {
  const pattern = new Cron(cron, { timezone: 'UTC' });
  const nextAt = () => pattern.nextRun(clock.now());
  if (paused) return { nextAt, stop: () => {} };

  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let checkedAt = clock.now();
  const arm = () => {
    if (stopped) return;
    const waitMs = (nextAt()?.getTime() ?? Number.POSITIVE_INFINITY) - clock.now().getTime();
    timer = setTimeout(() => void check().finally(arm), Math.min(Math.max(waitMs, 1), MAX_TIMER_MS)).unref();
  };
  const check = async () => {
    const now = clock.now();
    const due = now >= checkedAt ? pattern.nextRun(checkedAt) : null;
    checkedAt = now;
    if (due !== null && due <= now) await onTick();
  };
  arm();
  return {
    nextAt,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
