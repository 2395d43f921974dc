import { Link } from 'wouter';
import type { ConnectionFragment } from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { RunCard } from '../sync/run-card.js';
import { StartSync } from '../sync/start-sync.js';

/** Starts the first run, and shows it go. */
export function FirstSync({ marketplaces, status }: Pick<ConnectionFragment, 'marketplaces' | 'status'>) {
  const { run, live, toldAt } = useLiveRun();
  const nameOf = (id: string) => marketplaces.find(({ marketplaceId }) => marketplaceId === id)?.name ?? id;
  return (
    <div className="stack">
      <p className="muted">
        The first run reads the orders of the last 30 days; from then on the schedule reads what has changed. You can
        close this page: the server goes on.
      </p>
      <StartSync running={run?.status === 'RUNNING' && live} off={status === 'DISCONNECTED'} />
      {run && <RunCard run={run} live={live} toldAt={toldAt} nameOf={nameOf} />}
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
