import type { Clock } from './clock.js';
import type { Logger } from './logger.js';

/** Windows end three minutes ago and Amazon refuses an end within the last two: one minute is left for clock skew. */
const MAX_DIFFERENCE_MS = 60_000;
/** HTTP's Date header has whole seconds. */
const RESOLUTION_MS = 1_000;

/** The clock that this machine's is compared with. */
export type ClockReference = 'Amazon' | 'database';

export interface ClockCheck {
  /**
   * Compares this machine's clock with another's.
   * @param theirs the other clock's time at some moment between `before`, by this clock, and now
   */
  compare(reference: ClockReference, theirs: Date, before: Date): void;
  /** Returns the current difference and what to do about it; null if there is none. */
  problem(): string | null;
}

/** Compares clocks, and logs when a difference of more than a minute appears, changes or ends. */
export function createClockCheck(clock: Clock, logger: Pick<Logger, 'warn' | 'info'>): ClockCheck {
  const minutesAhead = new Map<ClockReference, number>();
  return {
    compare(reference, theirs, before) {
      const aheadOfStart = before.getTime() - theirs.getTime();
      const aheadOfEnd = clock.now().getTime() - theirs.getTime();
      if (Number.isNaN(aheadOfStart)) return;
      // The difference is between the two bounds: take the smaller one, or 0 if they have different signs.
      const ahead = Math.max(0, aheadOfStart - RESOLUTION_MS) || Math.min(0, aheadOfEnd + RESOLUTION_MS);
      const minutes = Math.abs(ahead) > MAX_DIFFERENCE_MS ? Math.round(ahead / 60_000) : 0;
      const known = minutesAhead.get(reference) ?? 0;
      if (minutes === known) return;
      minutesAhead.set(reference, minutes);
      if (minutes === 0) logger.info({ reference }, `${ownerOf(reference)} clock and this machine's agree again.`);
      else logger.warn({ reference, minutesAhead: minutes }, explain(reference, minutes));
    },
    problem() {
      const problems = [...minutesAhead].filter(([, minutes]) => minutes !== 0);
      return problems.map(([reference, minutes]) => explain(reference, minutes)).join(' ') || null;
    },
  };
}

function ownerOf(reference: ClockReference): string {
  return reference === 'Amazon' ? "Amazon's" : "The database server's";
}

function explain(reference: ClockReference, minutes: number): string {
  const difference = `${describe(Math.abs(minutes))} ${minutes > 0 ? 'ahead of' : 'behind'}`;
  return reference === 'Amazon'
    ? `This machine's clock is ${difference} Amazon's: syncs are refused or late, and the schedule is off. Correct it ` +
        "with NTP (timedatectl set-ntp true); a container takes its host's time."
    : `This machine's clock is ${difference} the database server's: correct both with NTP (timedatectl set-ntp true).`;
}

function describe(minutes: number): string {
  if (minutes < 120) return `${minutes} minute${minutes === 1 ? '' : 's'}`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
