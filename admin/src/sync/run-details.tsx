import { useQuery } from '@urql/preact';
import { useIsOwner } from '../api/use-session.js';
import { FailedCallsDocument, type RunFragment } from '../generated/operations.js';
import { Fact, Facts } from '../ui/facts.js';
import { ErrorNotice, RequestError } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { formatClock, Time } from '../ui/time.js';
import { SupportReport } from './support-report.js';

/** What a finished run read, how it ended, and for owners which of its calls to Amazon failed. */
export function RunDetails({ run }: { readonly run: RunFragment }) {
  const owner = useIsOwner();
  return (
    <div className="stack">
      <Facts className="text">
        <Fact label={run.kind === 'HISTORY' ? 'Orders purchased between' : 'Orders last updated between'}>
          <Time at={run.updatedAfter} /> and <Time at={run.updatedBefore} />
        </Fact>
        <Fact label="Ended">{run.finishedAt ? <Time at={run.finishedAt} /> : '—'}</Fact>
        <Fact label={run.kind === 'ORDERS' ? 'Pages' : 'Reports'}>{formatCount(run.pages)}</Fact>
        <Fact label="Items read">{formatCount(run.itemsSeen)}</Fact>
      </Facts>
      {run.error && <ErrorNotice title="The run failed" code={run.errorCode} message={run.error} />}
      {owner && <FailedCalls runId={run.id} />}
      {owner && run.status === 'ERROR' && <SupportReport runId={run.id} />}
    </div>
  );
}

/** The calls that were repeated or given up, newest first. */
function FailedCalls({ runId }: { readonly runId: string }) {
  const [{ data, error }] = useQuery({ query: FailedCallsDocument, variables: { runId } });
  if (!data) return <RequestError error={error} />;
  const { nodes, pageInfo } = data.spApiCalls;
  if (nodes.length === 0) return <p className="small muted">No failed calls to Amazon in the last 14 days.</p>;
  return (
    <div className="stack tight small">
      <strong>
        {pageInfo.hasNextPage ? `More than ${nodes.length}` : nodes.length} failed{' '}
        {nodes.length === 1 ? 'call' : 'calls'} to Amazon
      </strong>
      <ul className="stack tight">
        {nodes.map(({ id, at, operation, attempt, status, errorCode }) => (
          <li key={id} className="numbers">
            {formatClock(at)} <code>{operation}</code>, attempt {attempt}: {status ? `HTTP ${status}` : 'no answer'}
            {errorCode && `, ${errorCode}`}
          </li>
        ))}
      </ul>
    </div>
  );
}
