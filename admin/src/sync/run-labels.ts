import type { RunFragment } from '../generated/operations.js';
import type { Tone } from '../ui/badge.js';

export const RESULTS: Readonly<Record<RunFragment['status'], { readonly name: string; readonly tone: Tone }>> = {
  RUNNING: { name: 'Running', tone: 'live' },
  OK: { name: 'Completed', tone: 'good' },
  ERROR: { name: 'Failed', tone: 'bad' },
  CANCELLED: { name: 'Cancelled', tone: 'plain' },
};

export const KINDS: Readonly<Record<RunFragment['kind'], string>> = {
  ORDERS: 'Sync',
  HISTORY: 'Older orders',
  CHECK: 'Check',
};

/** Returns a run's type: "Manual", "Scheduled, dry run". */
export function runType({ trigger, dryRun, includeItems, sweep }: RunFragment): string {
  const start = trigger === 'MANUAL' ? 'Manual' : 'Scheduled';
  return [start, sweep && 'daily sweep', dryRun && 'dry run', !includeItems && 'without items']
    .filter(Boolean)
    .join(', ');
}
