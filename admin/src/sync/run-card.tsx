import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import { useIsOwner } from '../api/use-session.js';
import type { RunFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Fact, Facts } from '../ui/facts.js';
import { ErrorNotice, Notice } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { formatDuration, RelativeTime } from '../ui/time.js';
import { useLiveRun } from './live-run.js';
import { RESULTS, runType } from './run-labels.js';
import { RunProgress, useFocusAtEnd } from './run-progress.js';
import { SupportReport } from './support-report.js';

interface Props {
  readonly run: RunFragment;
  readonly marketplaces: readonly { readonly marketplaceId: string; readonly name: string }[];
  readonly children?: ComponentChildren;
}

/** The current or last run: progress, counts and result. */
export function RunCard({ run, marketplaces, children }: Props) {
  const { live, updatedAt } = useLiveRun();
  const owner = useIsOwner();
  const running = run.status === 'RUNNING';
  const { name, tone } = RESULTS[run.status];
  const heading = useFocusAtEnd(running);
  const refused = run.refusedMarketplaceIds.map(
    (id) => marketplaces.find(({ marketplaceId }) => marketplaceId === id)?.name ?? id,
  );
  return (
    <section className="card body stack run-card" aria-labelledby="run-heading" data-live={live}>
      <div className="row spread run-head">
        <div className="row">
          <h2 id="run-heading" ref={heading} tabIndex={-1}>
            {running ? 'Current run' : 'Last run'}
          </h2>
          {running && !live ? <Badge tone="warn">Last seen running</Badge> : <Badge tone={tone}>{name}</Badge>}
          <span className="muted small">
            {runType(run)}, {running ? 'started' : 'ended'} <RelativeTime at={run.finishedAt ?? run.startedAt} />
            {run.finishedAt && `, took ${formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}`}
          </span>
        </div>
        {children}
      </div>
      {running && <RunProgress run={run} activity={activityOf(run)} live={live} updatedAt={updatedAt} />}
      <Facts>
        <Fact label="Orders read">{formatCount(run.ordersSeen)}</Fact>
        <Fact label={run.dryRun ? 'Would insert' : 'Inserted'}>{formatCount(run.ordersInserted)}</Fact>
        <Fact label={run.dryRun ? 'Would update' : 'Updated'}>{formatCount(run.ordersUpdated)}</Fact>
        <Fact label="Unchanged">{formatCount(run.ordersUnchanged)}</Fact>
        <Fact label="Rejected">{formatCount(run.ordersRejected)}</Fact>
        <Fact label="Items read">{formatCount(run.itemsSeen)}</Fact>
        <Fact label="API calls">{formatCount(run.requests)}</Fact>
      </Facts>
      {/* The error of a run that ended with SP_API_FORBIDDEN names them. */}
      {refused.length > 0 && run.errorCode !== 'SP_API_FORBIDDEN' && (
        <Notice tone="warn" title="Amazon denied access to some marketplaces">
          {refused.join(', ')}. Grant the app access in Seller Central, or remove them under Connection. The other
          marketplaces are read.
        </Notice>
      )}
      {run.ordersUnreadable > 0 && <NotReturned run={run} />}
      {run.error && <ErrorNotice title="The run failed" code={run.errorCode} message={run.error} />}
      {owner && run.status === 'ERROR' && <SupportReport key={run.id} runId={run.id} />}
      {run.status === 'OK' && run.dryRun && <DryRunResult run={run} />}
      <p className="visually-hidden" role="status">
        {running ? `Run at ${Math.floor((run.progress ?? 0) * 10) * 10} percent.` : `Last run: ${name}.`}
      </p>
    </section>
  );
}

/** The run's card while the server is queried for it. */
export function RunCardSkeleton() {
  return (
    <section className="card body stack run-card" aria-label="Loading the last run" aria-busy>
      <div className="row run-head">
        <div className="skeleton line title-line" />
      </div>
      <div className="facts">
        {Array.from({ length: 7 }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
          <div key={index} className="skeleton fact" />
        ))}
      </div>
    </section>
  );
}

function activityOf({ pages }: RunFragment): string {
  if (pages === 0) return 'Requesting the first page';
  return `Reading: ${pages === 1 ? '1 page' : `${formatCount(pages)} pages`} done`;
}

function NotReturned({ run: { ordersUnreadable, unreadableOrderIds } }: Pick<Props, 'run'>) {
  const total = ordersUnreadable === 1 ? '1 order' : `${formatCount(ordersUnreadable)} orders`;
  const more = ordersUnreadable - unreadableOrderIds.length;
  return (
    <Notice tone="warn" title={`Amazon did not return ${total} by ID`}>
      <div className="stack tight">
        <p>
          The run requested them again, mostly for a missing price. The mirror keeps what it has and retries a day
          later.
        </p>
        <ul className="row small">
          {unreadableOrderIds.map((id) => (
            <li key={id}>
              <Link href={`/orders/${encodeURIComponent(id)}`}>
                <code>{id}</code>
              </Link>
            </li>
          ))}
          {more > 0 && <li>and {formatCount(more)} more</li>}
        </ul>
      </div>
    </Notice>
  );
}

function DryRunResult({ run: { ordersInserted, ordersUpdated, ordersUnchanged } }: Pick<Props, 'run'>) {
  const nothing = ordersInserted === 0 && ordersUpdated === 0;
  return (
    <Notice tone="good" title={nothing ? 'A real run would change nothing' : 'A real run would change orders'}>
      It would insert {formatCount(ordersInserted)} orders, update {formatCount(ordersUpdated)} and leave{' '}
      {formatCount(ordersUnchanged)} unchanged. Nothing was written.
    </Notice>
  );
}
