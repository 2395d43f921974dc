import { ArrowDown, ArrowUp } from 'lucide-react';
import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { toApiError } from '../api/error.js';
import { useLiveQuery } from '../api/use-live-query.js';
import { OrderCountDocument, OrderFiltersDocument, OrdersDocument, type OrdersQuery } from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { Page } from '../ui/page.js';
import { SkeletonRow, Table } from '../ui/table.js';
import { OrderFilters } from './order-filters.js';
import { OrderRow } from './order-row.js';
import {
  isFiltered,
  type OrdersUrl,
  parseUrl,
  reverseSort,
  type Sort,
  toFilter,
  toPage,
  updateUrl,
} from './orders-url.js';

/** The mirrored orders, a page at a time. The URL holds the list's state. */
export function OrdersView() {
  const [query, setQuery] = useSearchParams();
  const url = parseUrl(query);
  const filter = toFilter(url);
  // Loaded again when a run has ended, not while it goes on: rows don't move while they are read.
  const { run } = useLiveRun();
  const endedRun = run && run.status !== 'RUNNING' ? run.id : undefined;
  const [{ data: options }] = useQuery({ query: OrderFiltersDocument });
  const [{ data: counted }] = useLiveQuery({ query: OrderCountDocument, variables: { filter } }, endedRun);
  const [{ data, error, fetching, stale }] = useLiveQuery(
    { query: OrdersDocument, variables: { filter, ...toPage(url) } },
    endedRun,
  );
  const change = (change: Partial<OrdersUrl>, replace = false) =>
    setQuery((current) => updateUrl(parseUrl(current), change), { replace });

  const orders = data?.orders;
  const busy = fetching || stale;
  const total = counted?.orders.totalCount;
  const marketplaces = new Map(options?.connection?.marketplaces.map((each) => [each.marketplaceId, each]));
  const failure = error && toApiError(error);
  return (
    <Page
      title="Orders"
      lead={
        total === undefined
          ? null
          : `${formatCount(total)} ${total === 1 ? 'order' : 'orders'}${isFiltered(url) ? ' found' : ''}`
      }
    >
      <OrderFilters url={url} options={options} onChange={change} />
      {failure && (
        <Notice tone="bad" title="The orders could not be loaded">
          <p>{failure.message}</p>
          {failure.code === 'BAD_USER_INPUT' && (
            <Button onClick={() => (url.page ? change({}) : setQuery({}))}>
              {url.page ? 'Go to the first page' : 'Show all orders'}
            </Button>
          )}
        </Notice>
      )}
      {orders?.nodes.length === 0 && !busy ? (
        <Empty filtered={isFiltered(url)} />
      ) : (
        (orders || busy) && (
          <Table
            label="Orders"
            className="responsive orders"
            busy={busy}
            columns={['Order', 'Status', sortHeader(url.sort, (sort) => change({ sort })), 'Marketplace']}
            amounts={['Units', 'Total']}
          >
            <tbody>
              {orders?.nodes.map((order) => (
                <OrderRow
                  key={order.id}
                  order={order}
                  marketplace={marketplaces.get(order.marketplaceId)}
                  byUpdate={url.sort.endsWith('updated')}
                />
              ))}
              {/* biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity */}
              {!orders && busy && Array.from({ length: 12 }, (_, row) => <SkeletonRow key={row} />)}
            </tbody>
          </Table>
        )
      )}
      {orders && (
        <Pagination pageInfo={orders.pageInfo} first={url.page === null} onPage={(page) => change({ page })} />
      )}
    </Page>
  );
}

/** The header of the sorted column, which reverses the order. */
function sortHeader(sort: Sort, onSort: (sort: Sort) => void) {
  const descending = sort.startsWith('-');
  const Icon = descending ? ArrowDown : ArrowUp;
  return (
    <th key="sort" scope="col" aria-sort={descending ? 'descending' : 'ascending'}>
      <button
        type="button"
        className="sort"
        title={descending ? 'Oldest first' : 'Newest first'}
        onClick={() => onSort(reverseSort(sort))}
      >
        {sort.endsWith('updated') ? 'Updated' : 'Purchased'} <Icon size={13} aria-hidden />
      </button>
    </th>
  );
}

interface PaginationProps {
  readonly pageInfo: OrdersQuery['orders']['pageInfo'];
  readonly first: boolean;
  readonly onPage: (page: OrdersUrl['page']) => void;
}

function Pagination({ pageInfo, first, onPage }: PaginationProps) {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  if (first && !hasNextPage) return null;
  const go = (page: OrdersUrl['page']) => {
    onPage(page);
    scrollTo({ top: 0 });
  };
  return (
    <nav className="row spread" aria-label="Pagination">
      <Button aria-disabled={first} onClick={() => first || go(null)}>
        First page
      </Button>
      <div className="row">
        <Button
          aria-disabled={!hasPreviousPage}
          onClick={() => hasPreviousPage && startCursor && go({ before: startCursor })}
        >
          Previous
        </Button>
        <Button aria-disabled={!hasNextPage} onClick={() => hasNextPage && endCursor && go({ after: endCursor })}>
          Next
        </Button>
      </div>
    </nav>
  );
}

function Empty({ filtered }: { readonly filtered: boolean }) {
  return (
    <section className="card empty">
      <h2>{filtered ? 'No matching orders' : 'No orders yet'}</h2>
      {filtered ? (
        <p>Search matches the start of an order ID, SKU or ASIN. Try fewer filters.</p>
      ) : (
        <p>
          Start a run in <Link href="/">Sync</Link> to load them.
        </p>
      )}
    </section>
  );
}
