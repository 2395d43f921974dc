import type { ReactNode } from 'react';
import type { RunFragment } from '../generated/operations';
import { Badge } from '../ui/badge';
import { ProblemNotice } from '../ui/notice';
import { useNow } from '../ui/now';
import { count } from '../ui/numbers';
import { spanOf } from '../ui/time';
import { OUTCOMES } from './outcomes';

interface Props {
  readonly run: RunFragment;
  readonly live: boolean;
  readonly children?: ReactNode;
}

/** A run as it goes: its bar, its counts, and what it waits for. */
export function RunCard({ run, live, children }: Props) {
  const now = useNow();
  const running = run.status === 'RUNNING';
  const waits = run.waitingUntil ? Date.parse(run.waitingUntil) - now : 0;
  const outcome = OUTCOMES[run.status];
  const facts: [string, number][] = [
    ['Orders seen', run.ordersSeen],
    [run.dryRun ? 'Would insert' : 'Inserted', run.ordersInserted],
    [run.dryRun ? 'Would update' : 'Updated', run.ordersUpdated],
    ['Unchanged', run.ordersUnchanged],
    ['Set aside', run.ordersRejected],
    ['Items seen', run.itemsSeen],
    ['Calls made', run.requests],
  ];
  return (
    <section className="card body stack" aria-label={running ? 'The run under way' : 'The last run'}>
      <div className="row apart">
        <div className="row">
          <Badge tone={outcome.tone}>{outcome.name}</Badge>
          {run.dryRun && <Badge>Dry run</Badge>}
          {running && !live && <Badge tone="warn">Not live: as of the last news</Badge>}
        </div>
        {children}
      </div>
      {running && (
        <progress className="bar" max={1} value={run.progress ?? undefined} aria-label="Progress of the run" />
      )}
      {running && waits > 0 && <p>Amazon’s quota: goes on in {spanOf(waits)}.</p>}
      {running && run.estimatedFinishAt && (
        <p className="muted">About {spanOf(Date.parse(run.estimatedFinishAt) - now)} left.</p>
      )}
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      {run.error && <ProblemNotice code={run.errorCode} message={run.error} />}
    </section>
  );
}
