import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { problemOf } from '../api/problems';
import { useIsOwner } from '../api/use-session';
import { CancelSyncDocument, RunsDocument, StartSyncDocument } from '../generated/operations';
import { Button } from '../ui/button';
import { Check } from '../ui/check';
import { ProblemNotice } from '../ui/notice';
import { Page } from '../ui/page';
import { useLiveRun } from './live-run';
import { RunCard } from './run-card';
import { RunTable } from './run-table';

/** Starts a run, shows the one under way, and those before it. */
export function SyncView() {
  const owner = useIsOwner();
  const { run, live, socket } = useLiveRun();
  const [{ data, error }] = useQuery({ query: RunsDocument, variables: { first: 20 }, context: useFresh(run?.status) });
  const [cancelling, cancel] = useMutation(CancelSyncDocument);
  const running = run?.status === 'RUNNING';
  return (
    <Page title="Sync" lead="What the mirror is doing, and what it did. Everything else is in the GraphQL API for now.">
      {socket === 'lost' && <p role="status">The connection to the server is lost. Trying again …</p>}
      {run && (
        <RunCard run={run} live={live}>
          {owner && running && (
            <Button look="danger" busy={cancelling.fetching} onClick={() => void cancel({ runId: run.id })}>
              Cancel the run
            </Button>
          )}
        </RunCard>
      )}
      {owner && !running && <StartSync />}
      {error && <ProblemNotice message={problemOf(error).message} />}
      {data && <RunTable runs={data.syncRuns.nodes} />}
    </Page>
  );
}

function StartSync() {
  const [{ fetching, error }, start] = useMutation(StartSyncDocument);
  const [dryRun, setDryRun] = useState(false);
  const [includeItems, setIncludeItems] = useState(true);
  const problem = error && problemOf(error);
  return (
    <div className="card body stack">
      <div className="row">
        <Button look="primary" busy={fetching} onClick={() => void start({ dryRun, includeItems })}>
          {dryRun ? 'Try a sync' : 'Sync now'}
        </Button>
        <Check checked={includeItems} onChange={(event) => setIncludeItems(event.target.checked)}>
          Include items
        </Check>
        <Check checked={dryRun} onChange={(event) => setDryRun(event.target.checked)}>
          Dry run: only say what would change
        </Check>
      </div>
      {problem && <ProblemNotice code={problem.code} message={problem.message} />}
    </div>
  );
}

/** A context that is another one, and so asks again, when a run starts or ends. */
function useFresh(status: string | undefined) {
  const [fresh, setFresh] = useState({ status, context: { requestPolicy: 'network-only' as const } });
  if (fresh.status !== status) setFresh({ status, context: { requestPolicy: 'network-only' } });
  return fresh.context;
}
