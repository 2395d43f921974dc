import { useState } from 'react';
import { useMutation } from 'urql';
import { Link } from 'wouter';
import { problemOf } from '../api/problems.js';
import { StartSyncDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/check.js';
import { ProblemNotice } from '../ui/notice.js';

const OFF = (
  <>
    The connection is switched off: switch it on under <Link href="/connection">Connection</Link> first.
  </>
);

interface Props {
  readonly running: boolean;
  /** Whether the connection is switched off: then no run starts. */
  readonly off: boolean;
}

/** One button, and what kind of run it starts. It stays where it is while a run goes, so that nothing jumps. */
export function StartSync({ running, off }: Props) {
  const [{ fetching, error }, start] = useMutation(StartSyncDocument);
  const [dryRun, setDryRun] = useState(false);
  const [includeItems, setIncludeItems] = useState(true);
  const problem = error && problemOf(error);
  return (
    <section className="card body stack" aria-label="Start a run">
      <div className="row start-sync">
        <Button
          look="primary"
          busy={fetching}
          aria-disabled={fetching || running || off}
          onClick={() => running || off || void start({ dryRun, includeItems })}
        >
          {dryRun ? 'Try a sync' : 'Sync now'}
        </Button>
        <Check checked={includeItems} onChange={(event) => setIncludeItems(event.target.checked)}>
          Include items
        </Check>
        <Check checked={dryRun} onChange={(event) => setDryRun(event.target.checked)}>
          Dry run
        </Check>
        <span className="muted small">
          {running
            ? 'One run at a time: the next can start when this one has ended.'
            : off
              ? OFF
              : dryRun
                ? 'Says what would change, and writes nothing.'
                : ''}
        </span>
      </div>
      {problem && problem.code !== 'SYNC_ALREADY_RUNNING' && (
        <ProblemNotice code={problem.code} message={problem.message} />
      )}
    </section>
  );
}
