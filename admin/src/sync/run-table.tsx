import type { RunFragment } from '../generated/operations';
import { Badge } from '../ui/badge';
import { count } from '../ui/numbers';
import { spanOf, Time } from '../ui/time';
import { OUTCOMES } from './outcomes';

/** The runs, the newest first. */
export function RunTable({ runs }: { readonly runs: readonly RunFragment[] }) {
  if (runs.length === 0) return <p className="muted">No run yet.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard
    <section className="card table-frame" aria-label="Runs" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Started</th>
            <th scope="col">Outcome</th>
            <th scope="col">By</th>
            <th scope="col">Took</th>
            <th scope="col">Seen</th>
            <th scope="col">Inserted</th>
            <th scope="col">Updated</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <Time at={run.startedAt} />
              </td>
              <td title={run.error ?? undefined}>
                <Badge tone={OUTCOMES[run.status].tone}>{OUTCOMES[run.status].name}</Badge> {run.dryRun && 'dry run'}
              </td>
              <td>{run.trigger === 'MANUAL' ? 'Hand' : 'Schedule'}</td>
              <td className="numbers">
                {run.finishedAt ? spanOf(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) : '…'}
              </td>
              <td className="numbers">{count(run.ordersSeen)}</td>
              <td className="numbers">{count(run.ordersInserted)}</td>
              <td className="numbers">{count(run.ordersUpdated)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
