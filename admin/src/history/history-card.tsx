import { useIsOwner } from '../api/use-session.js';
import type { HistoryQuery, RunFragment, WindowFragment } from '../generated/operations.js';
import { CancelRun } from '../sync/cancel-run.js';
import { RESULTS } from '../sync/run-labels.js';
import { RunProgress, useFocusAtEnd } from '../sync/run-progress.js';
import { SupportReport } from '../sync/support-report.js';
import { Badge } from '../ui/badge.js';
import { Fact, Facts } from '../ui/facts.js';
import { ErrorNotice } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { formatDay, RelativeTime } from '../ui/time.js';
import { Gaps } from './gaps.js';
import { StartHistory } from './start-history.js';
import type { KindOfRun } from './use-kind-of-run.js';
import { WindowTable } from './window-table.js';
import { YearChart } from './year-chart.js';

type History = NonNullable<HistoryQuery['history']>;

interface Props extends KindOfRun {
  readonly history: History | null;
  /** Older orders are deleted; null: none are. */
  readonly keptMonths: number | null;
}

/** The older orders: the years with their reports, the run that reads them, and what failed. */
export function HistoryCard({ history, keptMonths, run, live, updatedAt, started }: Props) {
  const owner = useIsOwner();
  const running = run?.status === 'RUNNING';
  const heading = useFocusAtEnd(running);
  const windows = history?.windowList ?? [];
  const gaps = windows.filter(({ state }) => state === 'GAP');
  return (
    <section className="card body stack history-card" aria-labelledby="older-orders-heading">
      <div className="row spread run-head">
        <div className="row">
          <h2 id="older-orders-heading" ref={heading} tabIndex={-1}>
            Older orders
          </h2>
          <State history={history} run={run} live={live} />
        </div>
        {owner && running && <CancelRun key={run.id} run={run} />}
      </div>
      {!history && (
        <p className="muted">
          The orders from before the first sync have not been read yet. Amazon keeps orders for two years, those of
          Japan, Australia and Singapore since 2016.
        </p>
      )}
      {keptMonths !== null && (
        <p className="muted">
          Orders older than {keptMonths === 1 ? '1 month' : `${keptMonths} months`} are deleted, with their sales (
          <code>RETENTION_ORDERS_MONTHS</code>).
        </p>
      )}
      {running && <RunProgress run={run} activity={activityOf(windows)} live={live} updatedAt={updatedAt} />}
      {history && <YearChart windows={windows} />}
      {history && <Counts history={history} run={run} />}
      {run?.error && run.errorCode !== 'REPORT_FAILED' && (
        <ErrorNotice title="The last run failed" code={run.errorCode} message={run.error} />
      )}
      {owner && run?.status === 'ERROR' && <SupportReport key={run.id} runId={run.id} />}
      {history && gaps.length > 0 && !running && (
        <Gaps from={history.from} windows={gaps} onStart={owner ? started : null} />
      )}
      {owner && !running && gaps.length === 0 && <StartHistory history={history} onStart={started} />}
      {history && <WindowTable windows={windows} />}
      <p className="visually-hidden" role="status">
        {running && `Older orders: ${Math.floor((run.progress ?? 0) * 10) * 10} percent read.`}
      </p>
    </section>
  );
}

interface StateProps {
  readonly history: History | null;
  readonly run: RunFragment | null;
  readonly live: boolean;
}

function State({ history, run, live }: StateProps) {
  if (run?.status === 'RUNNING')
    return (
      <>
        {live ? <Badge tone="live">Running</Badge> : <Badge tone="warn">Last seen running</Badge>}
        <span className="muted small">
          started <RelativeTime at={run.startedAt} />
        </span>
      </>
    );
  if (!history) return <Badge>Not started</Badge>;
  if (history.complete)
    return (
      <>
        <Badge tone="good">Complete</Badge>
        {history.from && <span className="muted small">since {formatDay(history.from)}</span>}
      </>
    );
  // With gaps everything else is read.
  const failed = run?.status === 'ERROR' && run.errorCode !== 'REPORT_FAILED';
  return <Badge tone={failed ? 'bad' : 'warn'}>{failed ? RESULTS.ERROR.name : 'Incomplete'}</Badge>;
}

function Counts({ history, run }: { readonly history: History; readonly run: RunFragment | null }) {
  const orders = history.windowList.reduce((sum, window) => sum + (window.orders ?? 0), 0);
  return (
    <Facts>
      <Fact label="Reports read">
        {history.windowsDone} of {history.windows}
      </Fact>
      <Fact label="Orders in reports">{formatCount(orders)}</Fact>
      {run && (
        <>
          <Fact label="Inserted">{formatCount(run.ordersInserted)}</Fact>
          <Fact label="Updated">{formatCount(run.ordersUpdated)}</Fact>
          <Fact label="Unchanged">{formatCount(run.ordersUnchanged)}</Fact>
          <Fact label="Rejected">{formatCount(run.ordersRejected)}</Fact>
          <Fact label="API calls">{formatCount(run.requests)}</Fact>
        </>
      )}
    </Facts>
  );
}

/** Says what a run does now. */
function activityOf(windows: readonly WindowFragment[]): string {
  const count = (state: WindowFragment['state']) => windows.filter((window) => window.state === state).length;
  const [pending, made] = [count('PENDING'), count('REQUESTED')];
  const parts = [
    count('READY') > 0 && 'Reading a report',
    made > 0 && `Amazon is making ${made === 1 ? '1 report' : `${made} reports`}`,
    pending > 0 && `${pending} to be requested, as Amazon’s rate limit allows`,
  ];
  return parts.filter(Boolean).join(' · ');
}
