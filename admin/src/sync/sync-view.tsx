import { useState } from 'react';
import { useMutation } from 'urql';
import { Redirect } from 'wouter';
import { useIsOwner } from '../api/use-session.js';
import { CancelSyncDocument, type RunFragment } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Notice, RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { useLiveRun } from './live-run.js';
import { MirrorState, useMirror } from './mirror-state.js';
import { RejectedOrders } from './rejected-orders.js';
import { RunCard, RunCardSkeleton } from './run-card.js';
import { RunHistory } from './run-history.js';
import { StartSync } from './start-sync.js';

/** The owner of a fresh server is redirected to the setup once, and may leave it. */
let redirectedToSetup = false;

/** Starts a run; shows the current or last one, and the history. */
export function SyncView() {
  const owner = useIsOwner();
  const { run, live, updatedAt } = useLiveRun();
  const running = run?.status === 'RUNNING';
  const version = run ? `${run.id} ${running}` : '';
  const mirror = useMirror(version);
  if (owner && mirror && !mirror.connection && !redirectedToSetup) {
    redirectedToSetup = true;
    return <Redirect to="/setup" />;
  }
  return (
    <Page title="Sync" lead={mirror ? <MirrorState mirror={mirror} /> : null}>
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
      <RunHistory version={version} />
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

function CancelRun({ run }: { readonly run: RunFragment }) {
  const [{ fetching, error }, cancel] = useMutation(CancelSyncDocument);
  const [requested, setRequested] = useState(false);
  const request = async () => {
    setRequested(true);
    const { error } = await cancel({ runId: run.id });
    if (error) setRequested(false);
  };
  return (
    <>
      <Button look="danger" busy={fetching || requested} onClick={() => void request()}>
        {requested ? 'Cancelling' : 'Cancel run'}
      </Button>
      <RequestError error={error} />
    </>
  );
}
