import { useState } from 'react';
import { useQuery } from 'urql';
import { nextStepOf, problemOf } from '../api/problems.js';
import { type RunFragment, RunsDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ProblemNotice } from '../ui/notice.js';
import { count } from '../ui/numbers.js';
import { spanOf, Time } from '../ui/time.js';
import { kindOf, OUTCOMES } from './outcomes.js';

const PAGE = 20;
const COLUMNS = ['Seen', 'Inserted', 'Updated', 'Unchanged', 'Set aside', 'Calls'];

/** The runs that have ended, the newest first; the older ones a page at a time. @param of changes when a run starts or ends */
export function RunHistory({ of }: { readonly of: string }) {
  const [older, setOlder] = useState(0);
  return (
    <section className="stack" aria-labelledby="history-heading">
      <h2 id="history-heading">History</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard */}
      <section className="card table-frame" aria-label="Runs" tabIndex={0}>
        <table className="table stacks">
          <thead>
            <tr>
              <th scope="col">Started</th>
              <th scope="col">Outcome</th>
              <th scope="col">Kind</th>
              <th scope="col" className="amount">
                Took
              </th>
              {COLUMNS.map((name) => (
                <th key={name} scope="col" className="amount">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <Runs key={of} after={null} older={older} onOlder={() => setOlder(older + 1)} />
        </table>
      </section>
    </section>
  );
}

interface PageProps {
  readonly after: string | null;
  /** How many pages follow: each begins where this one ends by now, so that no run falls between two when a new one comes. */
  readonly older: number;
  readonly onOlder: () => void;
}

function Runs({ after, older, onOlder }: PageProps) {
  const [{ data, error, fetching }] = useQuery({ query: RunsDocument, variables: { first: PAGE, after } });
  const ended = data?.syncRuns.nodes.filter(({ status }) => status !== 'RUNNING') ?? [];
  const wide = COLUMNS.length + 4;
  const { hasNextPage = false, endCursor = null } = data?.syncRuns.pageInfo ?? {};
  const next = hasNextPage ? endCursor : null;
  return (
    <>
      <tbody>
        {ended.map((run) => (
          <Row key={run.id} run={run} />
        ))}
        {data && ended.length === 0 && after === null && (
          <tr>
            <td colSpan={wide} className="muted">
              No run has ended yet.
            </td>
          </tr>
        )}
        {!data && fetching && (
          <tr>
            <td colSpan={wide}>
              <div className="skeleton line" />
            </td>
          </tr>
        )}
        {error && !data && (
          <tr>
            <td colSpan={wide}>
              <ProblemNotice message={problemOf(error).message} />
            </td>
          </tr>
        )}
        {next && older === 0 && (
          <tr>
            <td colSpan={wide}>
              <Button look="quiet" onClick={onOlder}>
                Older runs
              </Button>
            </td>
          </tr>
        )}
      </tbody>
      {next && older > 0 && <Runs after={next} older={older - 1} onOlder={onOlder} />}
    </>
  );
}

function Row({ run }: { readonly run: RunFragment }) {
  const counts = [
    run.ordersSeen,
    run.ordersInserted,
    run.ordersUpdated,
    run.ordersUnchanged,
    run.ordersRejected,
    run.requests,
  ];
  return (
    <tr>
      <td className="numbers nowrap">
        <Time at={run.startedAt} />
      </td>
      <td title={run.error ?? undefined}>
        <Badge tone={OUTCOMES[run.status].tone}>{OUTCOMES[run.status].name}</Badge>
        {run.errorCode && <div className="small muted">{nextStepOf(run.errorCode)?.title ?? run.errorCode}</div>}
        {run.ordersUnreadable > 0 && (
          <div className="small muted" title={run.unreadableOrderIds.join(', ')}>
            {count(run.ordersUnreadable)} not returned by id
          </div>
        )}
      </td>
      <td>{kindOf(run)}</td>
      <td className="amount" data-label="Took">
        {run.finishedAt ? spanOf(Date.parse(run.finishedAt) - Date.parse(run.startedAt)) : '…'}
      </td>
      {counts.map((value, index) => (
        <td key={COLUMNS[index]} data-label={COLUMNS[index]} className={value === 0 ? 'amount muted' : 'amount'}>
          {count(value)}
        </td>
      ))}
    </tr>
  );
}
