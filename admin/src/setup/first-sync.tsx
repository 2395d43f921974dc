import { Link } from 'wouter';
import { useLiveRun } from '../sync/live-run.js';
import { RunCard } from '../sync/run-card.js';
import { StartSync } from '../sync/start-sync.js';

/** Starts the first run, and shows it go. */
export function FirstSync() {
  const { run, live, toldAt } = useLiveRun();
  return (
    <div className="stack">
      <p className="muted">
        The first run reads the orders of the last 30 days; from then on the schedule reads what has changed. You can
        close this page: the server goes on.
      </p>
      <StartSync running={run?.status === 'RUNNING' && live} />
      {run && <RunCard run={run} live={live} toldAt={toldAt} nameOf={(id) => id} />}
      {run?.status === 'OK' && !run.dryRun && (
        <div className="row">
          <Link className="button primary" href="/orders">
            Look at the orders
          </Link>
          <Link className="button" href="/">
            To Sync
          </Link>
        </div>
      )}
    </div>
  );
}
