import { type RunFragment, RunsDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { formatCount } from '../ui/numbers.js';
import { PagedTable } from '../ui/table.js';
import { formatDuration, Time } from '../ui/time.js';
import { KINDS, RESULTS, runType } from './run-labels.js';

const COUNTS = ['Read', 'Inserted', 'Updated', 'Unchanged', 'Rejected', 'API calls'];

/** The runs of all kinds that have ended, newest first. Loaded again when `version` changes. */
export function RunList({ version }: { readonly version: string }) {
  return (
    <section className="stack" aria-labelledby="runs-heading">
      <h2 id="runs-heading">Runs</h2>
      <PagedTable
        label="Runs"
        columns={['Started', 'Result', 'Run']}
        amounts={['Duration', ...COUNTS]}
        query={RunsDocument}
        pageSize={20}
        select={({ syncRuns: { nodes, pageInfo } }) => ({
          nodes: nodes.filter(({ status }) => status !== 'RUNNING'),
          pageInfo,
        })}
        row={(run) => <Row key={run.id} run={run} />}
        empty="No finished runs yet."
        version={version}
      />
    </section>
  );
}

function Row({ run }: { readonly run: RunFragment }) {
  const { startedAt, finishedAt, status, error, errorCode, ordersUnreadable, unreadableOrderIds } = run;
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
        <Time at={startedAt} />
      </td>
      <td title={error ?? undefined}>
        <Badge tone={RESULTS[status].tone}>{RESULTS[status].name}</Badge>
        {errorCode && <div className="small muted">{errorCode}</div>}
        {ordersUnreadable > 0 && (
          <div className="small muted" title={unreadableOrderIds.join(', ')}>
            {formatCount(ordersUnreadable)} not returned by ID
          </div>
        )}
      </td>
      <td>
        {KINDS[run.kind]} <div className="small muted">{runType(run)}</div>
      </td>
      <td className="amount" data-label="Duration">
        {finishedAt ? formatDuration(Date.parse(finishedAt) - Date.parse(startedAt)) : '…'}
      </td>
      {counts.map((value, index) => (
        <td key={COUNTS[index]} data-label={COUNTS[index]} className={value === 0 ? 'amount muted' : 'amount'}>
          {formatCount(value)}
        </td>
      ))}
    </tr>
  );
}
