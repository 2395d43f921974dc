import type { OrdersQuery } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Select } from '../ui/form.js';
import { formatCount } from '../ui/numbers.js';
import { type OrdersPage, type OrdersUrl, PAGE_SIZES } from './orders-url.js';

interface Props {
  readonly url: OrdersUrl;
  readonly pageInfo: OrdersQuery['orders']['pageInfo'];
  /** Orders on this page. */
  readonly shown: number;
  /** Undefined while it is counted. */
  readonly total: number | undefined;
  readonly onChange: (change: Partial<OrdersUrl>) => void;
}

const SIZES = PAGE_SIZES.map((size) => [String(size), String(size)] as const);

/** The place of the page among all orders, the pages beside it, and the size of a page. */
export function Pagination({ url, pageInfo, shown, total, onChange }: Props) {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  const isFirst = url.page === null;
  const first = isFirst ? 1 : url.page.first;
  const go = (page: OrdersPage | null) => {
    onChange({ page });
    scrollTo({ top: 0 });
  };
  const previous = first === null ? null : Math.max(1, first - url.size);
  return (
    <nav className="row spread pagination" aria-label="Pagination">
      <span className="numbers small" role="status">
        {placeOf(first, shown, total)}
      </span>
      <div className="row">
        <Select
          label="Per page"
          value={String(url.size)}
          options={SIZES}
          onChange={(size) => onChange({ size: Number(size) })}
        />
        <Button aria-disabled={isFirst} onClick={() => isFirst || go(null)}>
          First page
        </Button>
        <Button
          aria-disabled={!hasPreviousPage}
          onClick={() => hasPreviousPage && startCursor && go({ before: startCursor, first: previous })}
        >
          Previous
        </Button>
        <Button
          aria-disabled={!hasNextPage}
          onClick={() => hasNextPage && endCursor && go({ after: endCursor, first: first && first + shown })}
        >
          Next
        </Button>
      </div>
    </nav>
  );
}

/** "51–100 of 2,151"; without the place if it is unknown. */
export function placeOf(first: number | null, shown: number, total: number | undefined): string {
  const of = total === undefined ? '…' : formatCount(total);
  if (shown === 0) return `0 of ${of}`;
  if (first === null) return `${formatCount(shown)} of ${of}`;
  return `${formatCount(first)}–${formatCount(first + shown - 1)} of ${of}`;
}
