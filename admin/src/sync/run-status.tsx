import { Hourglass } from 'lucide-react';
import type { RunFragment } from '../generated/operations.js';
import { useNow } from '../ui/now.js';
import { count } from '../ui/numbers.js';
import { clockTime, spanOf } from '../ui/time.js';

/** One line on what a run does at this moment: reads, or waits, for what and until when, counting down. */
export function RunStatus({ run }: { readonly run: RunFragment }) {
  const now = useNow();
  const left = run.estimatedFinishAt ? Date.parse(run.estimatedFinishAt) - now : null;
  return (
    <p className="row apart small numbers run-status">
      <span className={waits(run, now) ? 'row waits' : 'row'}>
        {waits(run, now) && <Hourglass size={14} aria-hidden />}
        {doing(run, now)}
      </span>
      <span className="muted">{left !== null && left > 0 ? `About ${spanOf(left)} left` : ''}</span>
    </p>
  );
}

const waits = ({ waitingUntil }: RunFragment, now: number) => waitingUntil !== null && Date.parse(waitingUntil) > now;

function doing(run: RunFragment, now: number): string {
  if (run.waitingUntil && waits(run, now)) {
    const wait = Date.parse(run.waitingUntil) - now;
    const why = run.waitingFor === 'RETRY' ? 'Amazon did not answer well; trying again' : 'Waiting for Amazon’s quota';
    return `${why}: goes on in ${spanOf(wait)}, at ${clockTime(run.waitingUntil)}`;
  }
  return run.pages === 0
    ? 'Asking Amazon for the first page'
    : `Reading: ${run.pages === 1 ? '1 page is' : `${count(run.pages)} pages are`} in`;
}
