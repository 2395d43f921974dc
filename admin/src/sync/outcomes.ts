import type { SyncRunStatus } from '../generated/operations';
import type { Tone } from '../ui/badge';

/** How a run's status is said. */
export const OUTCOMES: Readonly<Record<SyncRunStatus, { readonly name: string; readonly tone: Tone }>> = {
  RUNNING: { name: 'Running', tone: 'live' },
  OK: { name: 'Complete', tone: 'good' },
  ERROR: { name: 'Failed', tone: 'bad' },
  CANCELLED: { name: 'Cancelled', tone: 'warn' },
};
