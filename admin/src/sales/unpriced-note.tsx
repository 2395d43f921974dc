import { Link } from 'wouter-preact';
import { useLiveQuery } from '../api/use-live-query.js';
import { UnpricedOrdersDocument } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';
import type { DateRange } from './date-range.js';

interface Props {
  readonly range: DateRange;
  /** The only marketplace that is asked for; null for all. */
  readonly only: string | null;
}

/** How many orders of a period have no price yet, which the revenue lacks; nothing without any. */
export function UnpricedNote({ range: { from, to }, only }: Props) {
  const filter = {
    purchasedFrom: from,
    purchasedTo: to,
    hasUnknownPrice: true,
    marketplaceIds: only ? [only] : null,
  };
  const [{ data }] = useLiveQuery({ query: UnpricedOrdersDocument, variables: { filter } });
  const count = data?.orders.totalCount ?? 0;
  const address = new URLSearchParams({ price: 'unknown', from, to, ...(only && { marketplace: only }) });
  return (
    <span role="status">
      {count > 0 && (
        <>
          <Link href={`/orders?${address}`}>
            {count === 1 ? '1 order without a price' : `${formatCount(count)} orders without a price`}
          </Link>{' '}
          {count === 1 ? 'adds' : 'add'} nothing, or not all, to revenue.
        </>
      )}
    </span>
  );
}
