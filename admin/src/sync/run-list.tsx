import { ChevronRight } from 'lucide-preact';
import { useId, useState } from 'preact/hooks';
import { type RunFragment, RunsDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { formatCount } from '../ui/numbers.js';
import { FullRow, PagedTable } from '../ui/table.js';
import { formatDuration, Time } from '../ui/time.js';
import { RunDetails } from './run-details.js';
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

/** A run; expands to its details. */
function Row({ run }: { readonly run: RunFragment }) {
  const { startedAt, finishedAt, status, errorCode, ordersUnreadable, unreadableOrderIds, dryRun } = run;
  const [open, setOpen] = useState(false);
  const id = useId();
  const counts = [
    run.ordersSeen,
    run.ordersInserted,
    run.ordersUpdated,
    run.ordersUnchanged,
    run.ordersRejected,
    run.requests,
  ];
  return (
    <>
      <tr>
        <td className="numbers nowrap">
          <div className="row nowrap order-id">
            <button
              type="button"
              className="button quiet tiny"
              aria-expanded={open}
              aria-controls={id}
              aria-label="Details of the run"
              onClick={() => setOpen(!open)}
            >
              <ChevronRight className={open ? 'rotated' : ''} size={15} aria-hidden />
            </button>
            <Time at={startedAt} />
          </div>
        </td>
        <td>
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
        {counts.map((value, index) => {
          const name = COUNTS[index] ?? '';
          const wouldBe = dryRun && (name === 'Inserted' || name === 'Updated');
          return (
            <td key={name} data-label={name} className={value === 0 ? 'amount muted' : 'amount'}>
              {wouldBe && <span className="small muted">would {name === 'Inserted' ? 'insert' : 'update'} </span>}
              {formatCount(value)}
            </td>
          );
        })}
      </tr>
      <FullRow id={id} className="details" hidden={!open}>
        {open && <RunDetails run={run} />}
      </FullRow>
    </>
  );
}
