import type { RunFragment } from '../generated/operations.js';
import type { Tone } from '../ui/badge.js';

/** How a status of a run is shown. */
export const OUTCOMES: Readonly<Record<RunFragment['status'], { readonly name: string; readonly tone: Tone }>> = {
  RUNNING: { name: 'Running', tone: 'live' },
  OK: { name: 'Complete', tone: 'good' },
  ERROR: { name: 'Failed', tone: 'bad' },
  CANCELLED: { name: 'Cancelled', tone: 'plain' },
};

/** What a run is, in a few words: "By hand, with items", "By schedule, dry run". */
export function kindOf({ trigger, dryRun, includeItems, sweep }: RunFragment): string {
  const by = trigger === 'MANUAL' ? 'By hand' : 'By schedule';
  return [by, sweep && 'daily sweep', dryRun && 'dry run', !includeItems && 'without items'].filter(Boolean).join(', ');
}
