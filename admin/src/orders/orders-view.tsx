import { ArrowDown, ArrowUp } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { type CombinedError, useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { problemOf } from '../api/problems.js';
import {
  OrderCountDocument,
  OrderFiltersDocument,
  type OrderFiltersQuery,
  OrdersDocument,
  type OrdersQuery,
} from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { count } from '../ui/numbers.js';
import { Page } from '../ui/page.js';
import {
  filterOf,
  isFiltered,
  type OrdersAddress,
  PAGE_SIZE,
  pageOf,
  readAddress,
  reversed,
  type Sort,
  writeAddress,
} from './address.js';
import { OrderFilters } from './order-filters.js';
import { COLUMNS, OrderRow } from './order-row.js';

type Orders = OrdersQuery['orders'];
type OrderMarketplace = NonNullable<OrderFiltersQuery['connection']>['marketplaces'][number];

/** The mirrored orders, a page at a time. What is shown is all in the address. */
export function OrdersView() {
  const [query, setQuery] = useSearchParams();
  const address = readAddress(query);
  const filter = filterOf(address);
  const [{ data: choices }] = useQuery({ query: OrderFiltersDocument });
  const [{ data, error, fetching, stale }, ask] = useQuery({
    query: OrdersDocument,
    variables: { filter, ...pageOf(address) },
  });
  const [{ data: counted }, askCount] = useQuery({ query: OrderCountDocument, variables: { filter } });
  const change = (change: Partial<OrdersAddress>, replace = false) =>
    setQuery((before) => writeAddress(change, readAddress(before)), { replace });

  // What a run brought is shown when it has ended: rows don't move while somebody reads.
  const { run } = useLiveRun();
  const ended = run?.status === 'RUNNING' ? null : run?.id;
  const seen = useRef(ended);
  useEffect(() => {
    if (ended && seen.current !== ended) {
      ask({ requestPolicy: 'network-only' });
      askCount({ requestPolicy: 'network-only' });
    }
    seen.current = ended ?? seen.current;
  }, [ended, ask, askCount]);

  const total = counted?.orders.totalCount;
  const marketplaces = new Map(choices?.connection?.marketplaces.map((each) => [each.marketplaceId, each]));
  return (
    <Page
      title="Orders"
      lead={
        total === undefined
          ? null
          : `${count(total)} ${total === 1 ? 'order' : 'orders'}${isFiltered(address) ? ' found' : ''}`
      }
    >
      <OrderFilters address={address} choices={choices} onChange={change} />
      {error && (
        <Failed error={error} page={address.page !== null} onPage={() => (address.page ? change({}) : setQuery({}))} />
      )}
      <OrdersTable
        orders={data?.orders}
        busy={fetching || stale}
        marketplaceOf={(id) => marketplaces.get(id) ?? null}
        sort={address.sort}
        onSort={(sort) => change({ sort })}
        empty={<Empty filtered={isFiltered(address)} />}
      />
      {data && <Pages orders={data.orders} onPage={(page) => change({ page })} first={address.page === null} />}
    </Page>
  );
}

interface TableProps {
  readonly orders: Orders | undefined;
  readonly busy: boolean;
  readonly marketplaceOf: (marketplaceId: string) => OrderMarketplace | null;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly empty: React.ReactNode;
}

function OrdersTable({ orders, busy, marketplaceOf, sort, onSort, empty }: TableProps) {
  if (orders?.nodes.length === 0 && !busy) return empty;
  const byUpdate = sort.endsWith('updated');
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard
    <section className="card table-frame" aria-label="Orders" aria-busy={busy} tabIndex={0}>
      <table className="table stacks orders">
        <thead>
          <tr>
            <th scope="col">Order</th>
            <th scope="col">Status</th>
            <th scope="col" aria-sort={sort.startsWith('-') ? 'descending' : 'ascending'}>
              <SortButton sort={sort} onSort={onSort} />
            </th>
            <th scope="col">Marketplace</th>
            <th scope="col" className="amount">
              Units
            </th>
            <th scope="col" className="amount">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {orders?.nodes.map((order) => (
            <OrderRow
              key={order.id}
              order={order}
              marketplace={marketplaceOf(order.marketplaceId)}
              byUpdate={byUpdate}
            />
          ))}
          {!orders &&
            busy &&
            Array.from({ length: 12 }, (_, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
              <tr key={row}>
                <td colSpan={COLUMNS}>
                  <div className="skeleton line" />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

/** The head of the column that the list is sorted by: turns the order round. */
function SortButton({ sort, onSort }: Pick<TableProps, 'sort' | 'onSort'>) {
  const falling = sort.startsWith('-');
  const Icon = falling ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      className="sort"
      title={falling ? 'Oldest first' : 'Newest first'}
      onClick={() => onSort(reversed(sort))}
    >
      {sort.endsWith('updated') ? 'Updated' : 'Bought'} <Icon size={13} aria-hidden />
    </button>
  );
}

interface PagesProps {
  readonly orders: Orders;
  readonly first: boolean;
  readonly onPage: (page: OrdersAddress['page']) => void;
}

function Pages({ orders, first, onPage }: PagesProps) {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = orders.pageInfo;
  if (first && !hasNextPage) return null;
  const turn = (page: OrdersAddress['page']) => {
    onPage(page);
    scrollTo({ top: 0 });
  };
  return (
    <nav className="row apart" aria-label="Pages">
      <Button aria-disabled={first} onClick={() => first || turn(null)}>
        First page
      </Button>
      <div className="row">
        <Button
          aria-disabled={!hasPreviousPage}
          onClick={() => hasPreviousPage && startCursor && turn({ before: startCursor })}
        >
          Previous
        </Button>
        <Button aria-disabled={!hasNextPage} onClick={() => hasNextPage && endCursor && turn({ after: endCursor })}>
          Next {PAGE_SIZE}
        </Button>
      </div>
    </nav>
  );
}

function Empty({ filtered }: { readonly filtered: boolean }) {
  return (
    <section className="card empty">
      <h2>{filtered ? 'No order matches' : 'No orders yet'}</h2>
      <p>
        {filtered ? (
          'The search looks for the beginning of an order id, a SKU or an ASIN. Try fewer filters.'
        ) : (
          <>
            A run brings them: start one in <Link href="/">Sync</Link>.
          </>
        )}
      </p>
    </section>
  );
}

interface FailedProps {
  readonly error: CombinedError;
  /** Whether the address names a page. */
  readonly page: boolean;
  readonly onPage: () => void;
}

function Failed({ error, page, onPage }: FailedProps) {
  const { code, message } = problemOf(error);
  return (
    <Notice tone="bad" title={code === 'BAD_USER_INPUT' ? 'This page can’t be shown' : 'The orders could not be read'}>
      <p>{message}</p>
      {code === 'BAD_USER_INPUT' && <Button onClick={onPage}>{page ? 'To the first page' : 'To all orders'}</Button>}
    </Notice>
  );
}
