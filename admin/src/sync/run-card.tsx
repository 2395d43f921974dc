import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { RunFragment } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { count } from '../ui/numbers.js';
import { Ago, spanOf } from '../ui/time.js';
import { kindOf, OUTCOMES } from './outcomes.js';
import { RunCounts } from './run-counts.js';
import { RunStatus } from './run-status.js';

interface Props {
  readonly run: RunFragment;
  /** False when the run may have gone on since it was told. */
  readonly live: boolean;
  readonly toldAt: number | null;
  readonly nameOf: (marketplaceId: string) => string;
  /** What can be done with it. */
  readonly children?: ReactNode;
}

/** The run under way, or the last one: how far it is, what it counts, and how it ended. */
export function RunCard({ run, live, toldAt, nameOf, children }: Props) {
  const running = run.status === 'RUNNING';
  const { name, tone } = OUTCOMES[run.status];
  const heading = useFocusKept(running);
  return (
    <section className="card body stack run-card" aria-labelledby="run-heading" data-live={live}>
      <div className="row apart run-head">
        <div className="row">
          <h2 id="run-heading" ref={heading} tabIndex={-1}>
            {running ? 'This run' : 'The last run'}
          </h2>
          <Badge tone={running && !live ? 'warn' : tone}>{running && !live ? 'Was running' : name}</Badge>
          <span className="muted small">
            {kindOf(run)}, {running ? 'started' : 'ended'} <Ago at={run.finishedAt ?? run.startedAt} />
            {run.finishedAt && `, took ${spanOf(Date.parse(run.finishedAt) - Date.parse(run.startedAt))}`}
          </span>
        </div>
        {children}
      </div>
      {running && (
        <div className="stack tight">
          <progress
            className="bar"
            max={1}
            value={run.progress ?? undefined}
            aria-label={run.progress === null ? 'Progress, not known yet' : 'Progress'}
          />
          {live ? (
            <RunStatus run={run} />
          ) : (
            <p className="small run-status">
              Not live: this is how it stood{' '}
              {toldAt ? <Ago at={new Date(toldAt).toISOString()} /> : 'when it was last told'}.
            </p>
          )}
        </div>
      )}
      <RunCounts run={run} />
      {run.refusedMarketplaceIds.length > 0 && (
        <Notice tone="warn" title="Amazon refused some marketplaces; the others were read">
          {run.refusedMarketplaceIds.map(nameOf).join(', ')}. Grant the app access to them in Seller Central, or take
          them out of the connection.
        </Notice>
      )}
      {run.ordersUnreadable > 0 && <NotReturned run={run} />}
      {run.error && <ProblemNotice code={run.errorCode} message={run.error} />}
      {run.status === 'OK' && run.dryRun && <DryRunResult run={run} />}
      <p className="hidden-visually" role="status">
        {running ? `The run is at ${Math.floor((run.progress ?? 0) * 10) * 10} percent.` : `The last run: ${name}.`}
      </p>
    </section>
  );
}

/** Orders that were asked for one by one, by their id. */
function NotReturned({ run: { ordersUnreadable, unreadableOrderIds } }: { readonly run: RunFragment }) {
  const more = ordersUnreadable - unreadableOrderIds.length;
  return (
    <Notice
      tone="warn"
      title={`Amazon did not return ${ordersUnreadable === 1 ? '1 order' : `${count(ordersUnreadable)} orders`} by id`}
    >
      <div className="stack tight">
        <p>
          The run asked for {ordersUnreadable === 1 ? 'it' : 'them'} again, mostly for a price that was not known yet.
          What the mirror had of {ordersUnreadable === 1 ? 'it' : 'them'} stays; the next try is a day later.
        </p>
        <ul className="row small">
          {unreadableOrderIds.map((id) => (
            <li key={id}>
              <Link href={`/orders?search=${id}`}>
                <code>{id}</code>
              </Link>
            </li>
          ))}
          {more > 0 && <li>and {count(more)} more</li>}
        </ul>
      </div>
    </Notice>
  );
}

function DryRunResult({ run }: { readonly run: RunFragment }) {
  const { ordersInserted, ordersUpdated, ordersUnchanged } = run;
  const nothing = ordersInserted === 0 && ordersUpdated === 0;
  return (
    <Notice tone="good" title={nothing ? 'A real run would change nothing' : 'What a real run would change'}>
      It would insert {count(ordersInserted)} orders, update {count(ordersUpdated)}, and leave {count(ordersUnchanged)}{' '}
      as they are. Nothing was written.
    </Notice>
  );
}

/** For what takes the focus when a run ends, since the button that had it may be gone then. */
function useFocusKept(running: boolean) {
  const heading = useRef<HTMLHeadingElement>(null);
  const ran = useRef(running);
  useEffect(() => {
    if (ran.current !== running && document.activeElement === document.body) heading.current?.focus();
    ran.current = running;
  }, [running]);
  return heading;
}
