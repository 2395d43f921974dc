import type { Clock } from './clock.js';
import type { Logger } from './logger.js';

/** Amazon refuses windows that end less than two minutes ago; ours end three minutes ago. */
const MAX_DIFFERENCE_MS = 60_000;
/** HTTP's Date header holds whole seconds. */
const RESOLUTION_MS = 1_000;

/** Whose time this machine's clock is compared with. */
export type ClockReference = 'Amazon' | 'database';

export interface ClockCheck {
  /**
   * Compares this machine's clock with another's.
   * @param theirs the instant that the other clock showed, at some moment since `before`, an instant of ours
   */
  compare(reference: ClockReference, theirs: Date, before: Date): void;
  /** What is wrong with the clock, and what to do, in a sentence or two; null while nothing is. */
  problem(): string | null;
}

/** Compares clocks, and logs when a difference of more than a minute appears, changes and goes. */
export function createClockCheck(clock: Clock, logger: Pick<Logger, 'warn' | 'info'>): ClockCheck {
  const minutesAhead = new Map<ClockReference, number>();
  return {
    compare(reference, theirs, before) {
      const aheadOfStart = before.getTime() - theirs.getTime();
      const aheadOfEnd = clock.now().getTime() - theirs.getTime();
      if (Number.isNaN(aheadOfStart)) return;
      // Somewhere between the two; 0 where they are on both sides of it.
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
    ? `This machine's clock is ${difference} Amazon's: syncs are refused or late, and the schedule is off. Set it right ` +
        "with NTP (timedatectl set-ntp true); a container takes its host's time."
    : `This machine's clock is ${difference} the database server's: set both right with NTP (timedatectl set-ntp true).`;
}

function describe(minutes: number): string {
  if (minutes < 120) return `${minutes} minute${minutes === 1 ? '' : 's'}`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
