import { Link, Redirect } from 'wouter';
import { useIsOwner } from '../api/use-session.js';
import type { MirrorQuery, RunFragment } from '../generated/operations.js';
import { useKindOfRun } from '../history/use-kind-of-run.js';
import { Notice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { CancelRun } from './cancel-run.js';
import { useLiveRun } from './live-run.js';
import { MirrorState, useMirror } from './mirror-state.js';
import { RejectedOrders } from './rejected-orders.js';
import { RunCard, RunCardSkeleton } from './run-card.js';
import { RunList } from './run-list.js';
import { StartSync } from './start-sync.js';

/** The owner of a fresh server is redirected to the setup once, and may leave it. */
let redirectedToSetup = false;

/** Starts a run; shows the current or last one of kind ORDERS, and the list of all runs. */
export function SyncView() {
  const owner = useIsOwner();
  const { run, live, updatedAt } = useLiveRun();
  const running = run?.status === 'RUNNING';
  const version = run ? `${run.id} ${running}` : '';
  const history = useKindOfRun('HISTORY');
  const check = useKindOfRun('CHECK');
  const mirror = useMirror(version);
  if (owner && mirror && !mirror.connection && !redirectedToSetup) {
    redirectedToSetup = true;
    return <Redirect to="/setup" />;
  }
  return (
    <Page title="Sync" lead={mirror ? <Lead mirror={mirror} history={history.run} /> : null}>
      {owner && mirror?.connection?.clockProblem && (
        <Notice tone="bad" title="The server’s clock is wrong">
          {mirror.connection.clockProblem}
        </Notice>
      )}
      {owner && <StartSync running={running && live} disabled={mirror?.connection?.status === 'DISCONNECTED'} />}
      {run && (
        <RunCard run={run} marketplaces={mirror?.connection?.marketplaces ?? []}>
          {owner && running && <CancelRun key={run.id} run={run} />}
        </RunCard>
      )}
      {owner && <RejectedOrders version={version} />}
      {!run && (updatedAt === null ? <RunCardSkeleton /> : <NoRun />)}
      <RunList version={`${version} ${history.version} ${check.version}`} />
    </Page>
  );
}

function NoRun() {
  return (
    <section className="card empty">
      <h2>Nothing mirrored yet</h2>
      <p>The first run reads the orders of the last 30 days, later runs only changes.</p>
    </section>
  );
}

function Lead({ mirror, history }: { readonly mirror: MirrorQuery; readonly history: RunFragment | null }) {
  const percent = Math.floor((history?.progress ?? 0) * 100);
  return (
    <>
      <MirrorState mirror={mirror} />
      {history?.status === 'RUNNING' && (
        <>
          {' · '}
          <Link href="/history">older orders {percent} % read</Link>
        </>
      )}
    </>
  );
}
