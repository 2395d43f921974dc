import { useMutation } from '@urql/preact';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { toApiError } from '../api/error.js';
import { missingIn } from '../connection/missing.js';
import { type MirrorQuery, StartSyncDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Check } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';

interface Props {
  readonly running: boolean;
  /** Undefined while it is loading. */
  readonly connection:
    | Pick<Connection, 'status' | 'hasRefreshToken' | 'lastOrdersSyncAt' | 'marketplaces'>
    | null
    | undefined;
}

type Connection = NonNullable<MirrorQuery['connection']>;

/** Starts a run. Stays in place during a run, so that the layout doesn't shift. */
export function StartSync({ running, connection }: Props) {
  const [{ fetching, error }, start] = useMutation(StartSyncDocument);
  const [dryRun, setDryRun] = useState(false);
  const [includeItems, setIncludeItems] = useState(true);
  const obstacle = running ? 'A run is in progress. You can start the next one when it ends.' : obstacleIn(connection);
  const blocked = obstacle !== null;
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
        <span className="muted small">
          {obstacle ?? (dryRun && 'Reports what would change without writing anything.')}
        </span>
      </div>
      {error && toApiError(error).code !== 'SYNC_ALREADY_RUNNING' && <RequestError error={error} />}
    </section>
  );
}

/** Returns why no run can read orders, with a link to where an owner changes that; null if one can. */
function obstacleIn(connection: Props['connection']): ComponentChildren {
  if (connection === undefined) return null;
  const missing = missingIn(connection);
  if (missing)
    return (
      <>
        {missing.text} <Link href={missing.link[0]}>{missing.link[1]}</Link> first.
      </>
    );
  if (connection?.status === 'DISCONNECTED')
    return (
      <>
        The connection is disabled. Enable it under <Link href="/connection">Connection</Link> first.
      </>
    );
  return null;
}
