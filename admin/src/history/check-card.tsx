import { useLiveQuery } from '../api/use-live-query.js';
import { useIsOwner } from '../api/use-session.js';
import { LastCheckDocument, type RunFragment } from '../generated/operations.js';
import { CancelRun } from '../sync/cancel-run.js';
import { RESULTS, runType } from '../sync/run-labels.js';
import { RunProgress, useFocusAtEnd } from '../sync/run-progress.js';
import { SupportReport } from '../sync/support-report.js';
import { Badge } from '../ui/badge.js';
import { ErrorNotice, RequestError } from '../ui/notice.js';
import { formatDays, RelativeTime } from '../ui/time.js';
import { CheckResult } from './check-result.js';
import { StartCheck } from './start-check.js';
import { useKindOfRun } from './use-kind-of-run.js';
import { useThrottled } from './use-throttled.js';

/** While a check goes on, its result is read again at its changes, but not more often. */
const REFRESH_MS = 1_000;

/** Compares the mirror with a report; shows the last result. */
export function CheckCard() {
  const owner = useIsOwner();
  const { run, live, updatedAt, version, started } = useKindOfRun('CHECK');
  const changes = useThrottled(`${version} ${run?.pages} ${run?.requests}`, REFRESH_MS);
  const [{ data, error }] = useLiveQuery({ query: LastCheckDocument }, changes);
  const running = run?.status === 'RUNNING';
  const heading = useFocusAtEnd(running);
  const result = run && data?.lastCheck?.run.id === run.id ? data.lastCheck : null;
  return (
    <section className="card body stack" aria-labelledby="check-heading">
      <div className="row spread run-head">
        <div className="row">
          <h2 id="check-heading" ref={heading} tabIndex={-1}>
            Check against a report
          </h2>
          {run && <RunSummary run={run} live={live} />}
        </div>
        {owner && running && <CancelRun key={run.id} run={run} />}
      </div>
      <p className="muted">
        Compares the orders that were last updated on some days with one of Amazon’s reports. Each difference is read by
        its ID, one every two seconds, and corrected. Once a month this runs by itself.
      </p>
      <RequestError error={error} />
      {owner && <StartCheck running={running} onStart={started} />}
      {running && <RunProgress run={run} activity={activityOf(run)} live={live} updatedAt={updatedAt} />}
      {run && result && <CheckResult result={result} run={run} />}
      {run?.error && <ErrorNotice title="The check failed" code={run.errorCode} message={run.error} />}
      {owner && run?.status === 'ERROR' && <SupportReport key={run.id} runId={run.id} />}
    </section>
  );
}

function RunSummary({ run, live }: { readonly run: RunFragment; readonly live: boolean }) {
  const running = run.status === 'RUNNING';
  const { name, tone } = RESULTS[run.status];
  return (
    <>
      {running && !live ? <Badge tone="warn">Last seen running</Badge> : <Badge tone={tone}>{name}</Badge>}
      <span className="muted small">
        Orders updated {formatDays({ from: run.updatedAfter, until: run.updatedBefore })} · {runType(run)},{' '}
        {running ? 'started' : 'ended'} <RelativeTime at={run.finishedAt ?? run.startedAt} />
      </span>
    </>
  );
}

function activityOf({ progress }: RunFragment): string {
  return progress === 1 ? 'Reading the differences by their IDs' : 'Amazon makes the report, which is then compared';
}
