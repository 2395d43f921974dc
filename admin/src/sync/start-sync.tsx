import { useMutation } from '@urql/preact';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { toApiError } from '../api/error.js';
import { StartSyncDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';

interface Props {
  readonly running: boolean;
  /** Whether the connection is disabled: then no run can start. */
  readonly disabled: boolean;
}

/** Starts a run. Stays in place during a run, so that the layout doesn't shift. */
export function StartSync({ running, disabled }: Props) {
  const [{ fetching, error }, start] = useMutation(StartSyncDocument);
  const [dryRun, setDryRun] = useState(false);
  const [includeItems, setIncludeItems] = useState(true);
  const blocked = running || disabled;
  return (
    <section className="card body stack" aria-label="Start a run">
      <div className="row start-sync">
        <Button
          look="primary"
          busy={fetching}
          aria-disabled={fetching || blocked}
          onClick={() => blocked || void start({ dryRun, includeItems })}
        >
          {dryRun ? 'Start dry run' : 'Sync now'}
        </Button>
        <Check checked={includeItems} onChange={({ currentTarget }) => setIncludeItems(currentTarget.checked)}>
          Include items
        </Check>
        <Check checked={dryRun} onChange={({ currentTarget }) => setDryRun(currentTarget.checked)}>
          Dry run
        </Check>
        <span className="muted small">{hint(running, disabled, dryRun)}</span>
      </div>
      {error && toApiError(error).code !== 'SYNC_ALREADY_RUNNING' && <RequestError error={error} />}
    </section>
  );
}

function hint(running: boolean, disabled: boolean, dryRun: boolean): ComponentChildren {
  if (running) return 'A run is in progress. You can start the next one when it ends.';
  if (disabled)
    return (
      <>
        The connection is disabled. Enable it under <Link href="/connection">Connection</Link> first.
      </>
    );
  return dryRun ? 'Reports what would change without writing anything.' : '';
}
