import type { RunFragment } from '../generated/operations.js';
import { count } from '../ui/numbers.js';

/** How many numbers there are. */
export const COUNTS = 7;

/** What a run saw and did, as numbers. */
export function RunCounts({ run }: { readonly run: RunFragment }) {
  const facts: readonly [string, number][] = [
    ['Orders seen', run.ordersSeen],
    [run.dryRun ? 'Would insert' : 'Inserted', run.ordersInserted],
    [run.dryRun ? 'Would update' : 'Updated', run.ordersUpdated],
    ['Unchanged', run.ordersUnchanged],
    ['Set aside', run.ordersRejected],
    ['Items seen', run.itemsSeen],
    ['Calls made', run.requests],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{count(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
