import { useQuery } from '@urql/preact';
import { ArrowDown, ArrowUp, Columns3 } from 'lucide-preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link, useSearchParams } from 'wouter-preact';
import { useHistoryState } from 'wouter-preact/use-browser-location';
import { toApiError } from '../api/error.js';
import { useLiveQuery } from '../api/use-live-query.js';
import type { OrderMarketplaceFragment } from '../generated/operations.js';
import { useRunChanges } from '../sync/live-run.js';
import { Button } from '../ui/button.js';
import { CheckList } from '../ui/form.js';
import { Menu } from '../ui/menu.js';
import { Notice } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { Page } from '../ui/page.js';
import { SkeletonRow, Table } from '../ui/table.js';
import { COLUMNS, type Column, useColumns } from './columns.js';
import { ExportOrders } from './export-orders.js';
import { OrderCoverage } from './order-coverage.js';
import { OrderFilters } from './order-filters.js';
import { type ListedOrder, type ListState, linkIdOf, OrderRow, type OrderRowProps } from './order-row.js';
import { OrderTabs } from './order-tabs.js';
import { OrderTotals } from './order-totals.js';
import { countsRequest, filtersRequest, ordersRequest } from './orders-requests.js';
import { isFiltered, type OrdersUrl, parseUrl, reverseSort, type Sort, updateUrl } from './orders-url.js';
import '../styles/orders.css';
import { Pagination } from './pagination.js';

/** Rows of the first screen. */
const FIRST_ROWS = 15;

/** The mirrored orders, a page at a time. The URL holds the list's state. */
export function OrdersView() {
  const [query, setQuery] = useSearchParams();
  const url = parseUrl(query);
  const [columns, setColumns] = useColumns();
  // Loaded again when a run has ended, not while it goes on: rows don't move while they are read.
  const { ended: endedRun } = useRunChanges();
  const [{ data: options, error: optionsError }] = useQuery(filtersRequest);
  const [{ data: counts }] = useLiveQuery(countsRequest(url), endedRun);
  const [{ data, error, fetching, stale }, reload] = useLiveQuery(ordersRequest(url), endedRun);
  const [now] = useState(Date.now);
  const change = (change: Partial<OrdersUrl>, replace = false) =>
    setQuery((current) => updateUrl(parseUrl(current), change), { replace });

  // Rows move when the names of their marketplaces come later.
  const lacksNames = !options && !optionsError;
  const orders = lacksNames ? undefined : data?.orders;
  const busy = fetching || stale || lacksNames;
  const total = counts?.orders.totalCount;
  const marketplaces = options?.connection?.marketplaces ?? [];
  const listed = marketplaces.filter(
    ({ marketplaceId }) => url.marketplaceIds.length === 0 || url.marketplaceIds.includes(marketplaceId),
  );
  const found = `${total === 1 ? 'order' : 'orders'}${isFiltered(url) ? ' found' : ''}`;
  return (
    <Page
      title="Orders"
      lead={
        <span className="row order-lead">
          <span>{total === undefined ? '\u00a0' : `${formatCount(total)} ${found}`}</span>
          <OrderCoverage marketplaces={listed} from={url.from} version={endedRun} />
        </span>
      }
    >
      <div className="stack orders-view">
        <OrderTabs url={url} counts={counts} onChange={change} />
        <OrderFilters url={url} marketplaces={marketplaces} onChange={change}>
          <Menu
            label={
              <>
                <Columns3 size={15} aria-hidden /> Columns
              </>
            }
          >
            <CheckList
              className="card"
              legend="Columns"
              options={Object.entries(COLUMNS)}
              selected={columns}
              onChange={setColumns}
            />
          </Menu>
          <ExportOrders url={url} />
        </OrderFilters>
        <OrderTotals url={url} version={endedRun} onChange={change} />
        {error && <Failure error={toApiError(error)} url={url} onReload={reload} onChange={change} />}
        {orders?.nodes.length === 0 && !busy ? (
          <Empty filtered={isFiltered(url)} search={url.search} />
        ) : (
          (orders || busy) && (
            <Table
              label="Orders"
              className="orders"
              frame={`card orders-frame${columns.length > MAX_FITTING_COLUMNS ? ' many' : ''}`}
              busy={busy}
              columns={['Order', ...columns.map((column) => columnHead(column, url.sort, (sort) => change({ sort })))]}
            >
              <tbody>
                {orders && (
                  <Rows
                    orders={orders.nodes}
                    marketplaces={marketplaces}
                    columns={columns}
                    now={now}
                    list={query.toString()}
                  />
                )}
                {/* biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity */}
                {!orders && busy && Array.from({ length: FIRST_ROWS }, (_, row) => <SkeletonRow key={row} />)}
              </tbody>
            </Table>
          )
        )}
        {orders && (orders.nodes.length > 0 || url.page) && (
          <Pagination
            url={url}
            pageInfo={orders.pageInfo}
            shown={orders.nodes.length}
            total={total}
            onChange={change}
          />
        )}
      </div>
    </Page>
  );
}

interface RowsProps extends Pick<OrderRowProps, 'columns' | 'now' | 'list'> {
  readonly orders: readonly ListedOrder[];
  readonly marketplaces: readonly OrderMarketplaceFragment[];
}

/** The rows of a page. Those of the first screen are painted before the others are rendered. */
function Rows({ orders, marketplaces, ...props }: RowsProps) {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => setPainted(true), []);
  const shown = isPainted ? orders : orders.slice(0, FIRST_ROWS);
  useReturnedFocus(shown);
  return shown.map((order) => (
    <OrderRow
      key={order.id}
      order={order}
      marketplace={marketplaces.find(({ marketplaceId }) => marketplaceId === order.marketplaceId)}
      {...props}
    />
  ));
}

/** Moves the focus to the order whose page was left, once, unless the user has moved it meanwhile. */
function useReturnedFocus(shown: readonly ListedOrder[]) {
  const opened = useHistoryState<ListState | null>()?.opened;
  const returned = useRef<string>(undefined);
  useEffect(() => {
    if (opened === undefined || returned.current === opened || !shown.some((order) => order.amazonOrderId === opened))
      return;
    returned.current = opened;
    const { activeElement } = document;
    if (activeElement === document.body || activeElement?.tagName === 'H1')
      document.getElementById(linkIdOf(opened))?.focus();
  }, [opened, shown]);
}

interface FailureProps {
  readonly error: ReturnType<typeof toApiError>;
  readonly url: OrdersUrl;
  readonly onReload: () => void;
  readonly onChange: (change: Partial<OrdersUrl>) => void;
}

function Failure({ error: { code, message }, url, onReload, onChange }: FailureProps) {
  return (
    <Notice tone="bad" title="The orders could not be loaded">
      <div className="stack tight">
        <p>{message}</p>
        <div className="row">
          {code === 'BAD_USER_INPUT' ? (
            <Button onClick={() => onChange(url.page ? {} : ALL)}>
              {url.page ? 'Go to the first page' : 'Show all orders'}
            </Button>
          ) : (
            <Button onClick={onReload}>Try again</Button>
          )}
        </div>
      </div>
    </Notice>
  );
}

/** With more columns the table may be wider than the window. */
const MAX_FITTING_COLUMNS = 8;
const ALL = parseUrl(new URLSearchParams());
const SORTED: Readonly<Partial<Record<Column, Sort>>> = {
  purchased: '-purchased',
  updated: '-updated',
};
const AMOUNTS: readonly Column[] = ['units', 'total'];

/** A column's head. Those of dates sort by them, and reverse the order. */
function columnHead(column: Column, sort: Sort, onSort: (sort: Sort) => void) {
  const name = COLUMNS[column];
  const sorts = SORTED[column];
  if (!sorts)
    return (
      <th key={column} scope="col" className={AMOUNTS.includes(column) ? 'amount' : ''}>
        <span className={`head-${column}`}>{name}</span>
      </th>
    );
  const isSorted = sort === sorts || sort === reverseSort(sorts);
  const descending = sort.startsWith('-');
  const Icon = descending ? ArrowDown : ArrowUp;
  return (
    <th key={column} scope="col" aria-sort={isSorted ? (descending ? 'descending' : 'ascending') : undefined}>
      <button
        type="button"
        className="sort"
        title={isSorted && descending ? 'Oldest first' : 'Newest first'}
        onClick={() => onSort(isSorted ? reverseSort(sort) : sorts)}
      >
        {name} {isSorted && <Icon size={13} aria-hidden />}
      </button>
    </th>
  );
}

/** Why a search or filters without one found nothing. */
function explanationOf(search: string): string {
  if (search === '') return 'No order matches all filters.';
  if (search.length < 3)
    return 'One or two characters match only the beginning of an order ID, SKU or ASIN: type three or more.';
  return 'Search matches parts of an order ID, SKU or ASIN, and words of a title.';
}

function Empty({ filtered, search }: { readonly filtered: boolean; readonly search: string }) {
  return (
    <section className="card empty">
      <h2>{filtered ? 'No matching orders' : 'No orders yet'}</h2>
      {filtered ? (
        <p>{explanationOf(search.trim())}</p>
      ) : (
        <p>
          Start a run in <Link href="/sync">Sync</Link> to load them.
        </p>
      )}
    </section>
  );
}
