/**
 * How far two clocks may disagree in normal operation, in milliseconds. A stored instant that lies further in the future
 * than this was written by a wrong clock.
 */
export const MAX_CLOCK_SKEW_MS = 5 * 60_000;
