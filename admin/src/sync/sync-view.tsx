import { Link } from 'wouter-preact';
import { useIsOwner } from '../api/use-session.js';
import type { MirrorQuery } from '../generated/operations.js';
import { useKindOfRun } from '../history/use-kind-of-run.js';
import { memo } from '../ui/memo.js';
import { Notice } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { Page } from '../ui/page.js';
import { CancelRun } from './cancel-run.js';
import { useLiveRun, useRunChanges } from './live-run.js';
import { useMirror } from './mirror.js';
import { MirrorState } from './mirror-state.js';
import { RejectedOrders } from './rejected-orders.js';
import { RunCard, RunCardSkeleton } from './run-card.js';
import { RunList } from './run-list.js';
import { StartSync } from './start-sync.js';

/** Starts a run; shows the current or last one of kind ORDERS, and the list of all runs. */
export function SyncView() {
  const owner = useIsOwner();
  const mirror = useMirror();
  return (
    <Page title="Sync" lead={mirror ? <Lead mirror={mirror} /> : null}>
      {owner && mirror?.connection?.clockProblem && (
        <Notice tone="bad" title="The server’s clock is wrong">
          {mirror.connection.clockProblem}
        </Notice>
      )}
      {owner && <Start connection={mirror?.connection} />}
      <CurrentRun mirror={mirror} />
      {owner && <RejectedOrders />}
      <Runs />
    </Page>
  );
}

function Start({ connection }: { readonly connection: MirrorQuery['connection'] | undefined }) {
  const { running } = useRunChanges();
  const { live } = useLiveRun();
  return <StartSync running={running && live} connection={connection} />;
}

/** A component of its own, so that a run's progress renders nothing else again. */
function CurrentRun({ mirror }: { readonly mirror: MirrorQuery | undefined }) {
  const owner = useIsOwner();
  const { run, updatedAt } = useLiveRun();
  if (!run) return updatedAt === null ? <RunCardSkeleton /> : <NoRun orders={mirror?.orders.totalCount ?? 0} />;
  return (
    <RunCard run={run} marketplaces={mirror?.connection?.marketplaces ?? []}>
      {owner && run.status === 'RUNNING' && <CancelRun key={run.id} run={run} />}
    </RunCard>
  );
}

function NoRun({ orders }: { readonly orders: number }) {
  return (
    <section className="card empty">
      <h2>{orders === 0 ? 'Nothing mirrored yet' : `${formatCount(orders)} orders, and no run of this server yet`}</h2>
      <p>The first run reads the orders of the last 30 days, later runs only changes.</p>
    </section>
  );
}

const MemoizedRunList = memo(RunList);

function Runs() {
  const { changed } = useRunChanges();
  const history = useKindOfRun('HISTORY');
  const check = useKindOfRun('CHECK');
  return <MemoizedRunList version={`${changed} ${history.version} ${check.version}`} />;
}

function Lead({ mirror }: { readonly mirror: MirrorQuery }) {
  const { run } = useKindOfRun('HISTORY');
  return (
    <>
      <MirrorState mirror={mirror} />
      {run?.status === 'RUNNING' && (
        <>
          {' · '}
          <Link href="/history">older orders {Math.floor((run.progress ?? 0) * 100)} % read</Link>
        </>
      )}
    </>
  );
}
