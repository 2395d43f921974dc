import { useState } from 'react';
import { useMutation } from 'urql';
import { Redirect } from 'wouter';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import { CancelSyncDocument, type RunFragment } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { useLiveRun } from './live-run.js';
import { MirrorState, useMirror } from './mirror-state.js';
import { RunCard } from './run-card.js';
import { RunExpected } from './run-expected.js';
import { RunHistory } from './run-history.js';
import { SetAside } from './set-aside.js';
import { StartSync } from './start-sync.js';

/** A fresh server's owner is sent to the setup once, and may leave it. */
let sentToSetup = false;

/** Starts a run, shows the one under way or the last one, and those before it. */
export function SyncView() {
  const owner = useIsOwner();
  const { run, live, toldAt } = useLiveRun();
  const running = run?.status === 'RUNNING';
  const change = run ? `${run.id} ${running}` : '';
  const mirror = useMirror(change);
  const nameOf = (id: string) =>
    mirror?.connection?.marketplaces.find(({ marketplaceId }) => marketplaceId === id)?.name ?? id;
  if (owner && mirror && !mirror.connection && !sentToSetup) {
    sentToSetup = true;
    return <Redirect to="/setup" />;
  }
  return (
    <Page title="Sync" lead={mirror ? <MirrorState mirror={mirror} /> : null}>
      {owner && mirror?.connection?.clockProblem && (
        <Notice tone="bad" title="The server’s clock is wrong">
          {mirror.connection.clockProblem}
        </Notice>
      )}
      {owner && <StartSync running={running && live} off={mirror?.connection?.status === 'DISCONNECTED'} />}
      {run && (
        <RunCard run={run} live={live} toldAt={toldAt} nameOf={nameOf}>
          {owner && running && <CancelRun key={run.id} run={run} />}
        </RunCard>
      )}
      {owner && <SetAside of={change} />}
      {!run && (toldAt === null ? <RunExpected /> : <NoRun />)}
      <RunHistory of={change} />
    </Page>
  );
}

function NoRun() {
  return (
    <section className="card empty">
      <h2>Nothing is mirrored yet</h2>
      <p>The first run reads the orders of the last 30 days; each later one what has changed since.</p>
    </section>
  );
}

function CancelRun({ run }: { readonly run: RunFragment }) {
  const [{ fetching, error }, cancel] = useMutation(CancelSyncDocument);
  const [asked, setAsked] = useState(false);
  const press = async () => {
    setAsked(true);
    const { error } = await cancel({ runId: run.id });
    if (error) setAsked(false);
  };
  return (
    <>
      <Button look="danger" busy={fetching || asked} onClick={() => void press()}>
        {asked ? 'Stopping' : 'Cancel the run'}
      </Button>
      {error && <ProblemNotice message={problemOf(error).message} />}
    </>
  );
}
