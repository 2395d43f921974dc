import { Link } from 'wouter-preact';
import type { LastCheckQuery, RunFragment } from '../generated/operations.js';
import { CopyButton } from '../ui/copy-button.js';
import { Fact, Facts } from '../ui/facts.js';
import { Notice } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { countOrders } from './window-labels.js';

const MAX_SHOWN = 20;

interface Props {
  readonly result: NonNullable<LastCheckQuery['lastCheck']>;
  readonly run: RunFragment;
}

/** What a check has found, and what became of it. */
export function CheckResult({ result, run }: Props) {
  const { ordersInReport, missing, stale, unknown, repaired, unresolved } = result;
  const differences = missing + stale + unknown;
  return (
    <>
      <Facts>
        <Fact label="Orders in report">{formatCount(ordersInReport)}</Fact>
        <Fact label="Missing">{formatCount(missing)}</Fact>
        <Fact label="Outdated">{formatCount(stale)}</Fact>
        <Fact label="Not in report">{formatCount(unknown)}</Fact>
        <Fact label="Corrected">{formatCount(repaired)}</Fact>
        <Fact label={run.status === 'RUNNING' ? 'Still to read' : 'Unresolved'}>{formatCount(unresolved.length)}</Fact>
      </Facts>
      {run.status === 'OK' && differences === 0 && (
        <Notice tone="good" title="No differences">
          The mirror has all orders of the report, none of them in an older version.
        </Notice>
      )}
      {run.status === 'OK' && differences > 0 && unresolved.length === 0 && (
        <Notice tone="good" title="All differences are resolved">
          {countOrders(differences)} read by ID: {formatCount(repaired)} corrected,{' '}
          {formatCount(differences - repaired)} confirmed as they were.
        </Notice>
      )}
      {run.status !== 'RUNNING' && unresolved.length > 0 && <Unresolved ids={unresolved} />}
    </>
  );
}

function Unresolved({ ids }: { readonly ids: readonly string[] }) {
  const more = ids.length - MAX_SHOWN;
  return (
    <Notice tone="warn" title={`${countOrders(ids.length)} unresolved`}>
      <div className="stack tight">
        <p>The mirror and the report differ, and Amazon has not returned these by their ID.</p>
        <ul className="row small">
          {ids.slice(0, MAX_SHOWN).map((id) => (
            <li key={id}>
              <Link href={`/orders/${encodeURIComponent(id)}`}>
                <code>{id}</code>
              </Link>
            </li>
          ))}
          {more > 0 && <li>and {formatCount(more)} more</li>}
        </ul>
        <div className="row">
          <CopyButton text={ids.join('\n')} name="order IDs" visible />
        </div>
      </div>
    </Notice>
  );
}
