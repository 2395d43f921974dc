import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import type { OrderMarketplaceFragment, OrdersQuery } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { CopyButton } from '../ui/copy-button.js';
import { LocalTime } from '../ui/local-time.js';
import { Flag } from '../ui/marketplace.js';
import { memo } from '../ui/memo.js';
import { Amount, formatCount } from '../ui/numbers.js';
import type { Column } from './columns.js';
import { formatStatus, statusTone, urgencyOf } from './status.js';
import { fulfilmentInWords, inWords } from './words.js';

export type ListedOrder = OrdersQuery['orders']['nodes'][number];

export interface OrderRowProps {
  readonly order: ListedOrder;
  /** Undefined for a marketplace that the connection doesn't have. */
  readonly marketplace: OrderMarketplaceFragment | undefined;
  readonly columns: readonly Column[];
  /** The present, in epoch milliseconds. */
  readonly now: number;
  /** The query of the list, to which the order's page leads back. */
  readonly list: string;
}

/** The state of the list in the browser's history. */
export interface ListState {
  /** The order whose page was opened from the list; its link gets the focus when the list is shown again. */
  readonly opened?: string;
}

export const linkIdOf = (amazonOrderId: string) => `order-${amazonOrderId}`;

/**
 * An order in the list; its id opens its page. Not rendered again when something else of the view changes: on a phone, 50
 * rows take a quarter of a second.
 */
export const OrderRow = memo(function OrderRow({ columns, list, ...cell }: OrderRowProps) {
  const { amazonOrderId } = cell.order;
  return (
    <tr>
      <td className="cell-order">
        <div className="row nowrap order-id">
          <Link
            id={linkIdOf(amazonOrderId)}
            className="order-link"
            href={`/orders/${encodeURIComponent(amazonOrderId)}`}
            state={{ list }}
            onClick={() => history.replaceState({ opened: amazonOrderId } satisfies ListState, '')}
          >
            <code>{amazonOrderId}</code>
          </Link>
          <CopyButton text={amazonOrderId} name={amazonOrderId} />
        </div>
      </td>
      {columns.map((column) => {
        const Cell = CELLS[column];
        const amount = column === 'units' || column === 'total' ? ' amount' : '';
        return (
          <td key={column} className={`cell-${column}${amount}`}>
            <Cell {...cell} />
          </td>
        );
      })}
    </tr>
  );
});

type CellProps = Omit<OrderRowProps, 'columns' | 'list'>;

const None = () => <span className="muted">—</span>;

const CELLS: Readonly<Record<Column, (props: CellProps) => ComponentChildren>> = {
  product: Product,
  status: Status,
  fulfilment: ({ order }) => fulfilmentInWords(order.fulfilledBy) ?? <None />,
  shipBy: ShipBy,
  purchased: ({ order, marketplace }) => (
    <>
      <span className="cell-unit">purchased </span>
      <LocalTime at={order.purchaseDate} timeZone={marketplace?.timeZone} />
    </>
  ),
  updated: ({ order, marketplace }) => (
    <>
      <span className="cell-unit">updated </span>
      <LocalTime at={order.lastUpdateDate} timeZone={marketplace?.timeZone} />
    </>
  ),
  marketplace: ({ order, marketplace }) => (
    <span className="marketplace">
      {marketplace && <Flag country={marketplace.countryCode} />}
      <span className="marketplace-name">{marketplace?.name ?? inWords(order.marketplaceId)}</span>
    </span>
  ),
  programs: ({ order }) => (order.programs.length > 0 ? order.programs.map(inWords).join(', ') : <None />),
  units: ({ order: { items } }) => (items.length === 0 ? <None /> : <Units of={items} />),
  total: ({ order }) => <Amount of={order.orderTotal} />,
};

function Units({ of }: { readonly of: ListedOrder['items'] }) {
  const units = of.reduce((total, { quantityOrdered }) => total + quantityOrdered, 0);
  return (
    <>
      {formatCount(units)}
      <span className="cell-unit">{units === 1 ? ' unit' : ' units'}</span>
    </>
  );
}

/** The first item, and how many more there are. */
function Product({ order: { items } }: CellProps) {
  const [first, ...others] = items;
  if (!first) return <span className="muted">No items yet</span>;
  return (
    <>
      <span className="row nowrap product-title">
        <bdi title={first.title ?? undefined}>{first.title ?? <span className="muted">No title</span>}</bdi>
        {others.length > 0 && <Badge>+{formatCount(others.length)}</Badge>}
      </span>
      {first.sellerSku && (
        <code className="small muted">
          <bdi>{first.sellerSku}</bdi>
        </code>
      )}
    </>
  );
}

function Status({ order, now }: CellProps) {
  return (
    <>
      <Badge tone={statusTone(order, now)}>{formatStatus(order.orderStatus)}</Badge>{' '}
      {order.channelName === 'NON_AMAZON' && <Badge>{inWords(order.channelName)}</Badge>}{' '}
      {order.rejectedVersion && <Badge tone="bad">Out of date</Badge>}{' '}
      {order.notes.length > 0 && <Badge tone="warn">Partly unreadable</Badge>}
    </>
  );
}

const URGENCY_LABELS = { late: 'Late', soon: 'Due soon', later: '', none: '' };

function ShipBy({ order, marketplace, now }: CellProps) {
  const latest = order.shipByWindow?.latestDateTime;
  if (!latest) return <None />;
  const urgency = urgencyOf(order, now);
  return (
    <span className={`ship-by ${urgency}`}>
      <span className="cell-unit">ship by </span>
      <LocalTime at={latest} timeZone={marketplace?.timeZone} /> <strong>{URGENCY_LABELS[urgency]}</strong>
    </span>
  );
}
