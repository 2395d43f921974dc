import { Hourglass } from 'lucide-preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { RunFragment } from '../generated/operations.js';
import { formatClock, formatDuration, RelativeTime, useNow } from '../ui/time.js';

interface Props {
  readonly run: RunFragment;
  /** What the run does now, unless it waits. */
  readonly activity: string;
  readonly live: boolean;
  /** When the server last sent the run, in epoch milliseconds. */
  readonly updatedAt: number | null;
}

/** The progress of a running run, what it does or waits for, and the forecast. */
export function RunProgress({ run, activity, live, updatedAt }: Props) {
  return (
    <div className="stack tight">
      <progress
        className="bar"
        max={1}
        value={run.progress ?? undefined}
        aria-label={run.progress === null ? 'Progress, unknown' : 'Progress'}
      />
      {live ? (
        <RunStatus run={run} activity={activity} />
      ) : (
        <p className="small run-status">
          Not live. Last update: {updatedAt ? <RelativeTime at={new Date(updatedAt).toISOString()} /> : 'unknown'}.
        </p>
      )}
    </div>
  );
}

/** What the run is doing now; while it waits, why and until when. */
function RunStatus({ run, activity }: Pick<Props, 'run' | 'activity'>) {
  const now = useNow();
  const { waitingUntil, waitingFor, estimatedFinishAt } = run;
  // The other kinds wait for one operation while they go on with others.
  const stops = run.kind === 'ORDERS' || waitingFor === 'RETRY';
  const wait = waitingUntil === null || !stops ? 0 : Date.parse(waitingUntil) - now;
  const left = estimatedFinishAt === null ? 0 : Date.parse(estimatedFinishAt) - now;
  const reason = waitingFor === 'RETRY' ? 'Retrying after an error from Amazon' : 'Waiting for Amazon’s rate limit';
  return (
    <p className="row spread small numbers run-status">
      {waitingUntil !== null && wait > 0 ? (
        <span className="row waiting">
          <Hourglass size={14} aria-hidden />
          {reason}: resumes in {formatDuration(wait)}, at {formatClock(waitingUntil)}
        </span>
      ) : (
        <span>{activity}</span>
      )}
      <span className="muted">{left > 0 ? `About ${formatDuration(left)} left` : ''}</span>
    </p>
  );
}

/** Returns a ref for a heading, which takes the focus when the run ends if the button that had it is gone. */
export function useFocusAtEnd(running: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasRunning = useRef(running);
  useLayoutEffect(() => {
    if (wasRunning.current !== running && document.activeElement === document.body) heading.current?.focus();
    wasRunning.current = running;
  }, [running]);
  return heading;
}
