import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { useIsOwner } from '../api/use-session.js';
import type { OrdersQuery } from '../generated/operations.js';
import { Amount } from '../ui/amount.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Flag } from '../ui/flag.js';
import { Notice } from '../ui/notice.js';
import { count } from '../ui/numbers.js';
import { Time } from '../ui/time.js';
import { OrderPayload } from './order-payload.js';
import { statusTone, statusWords } from './status.js';

type Order = OrdersQuery['orders']['nodes'][number];

export const COLUMNS = 6;

interface Props {
  readonly order: Order;
  /** Null for one that the connection does not have (any more). */
  readonly marketplace: { readonly name: string; readonly countryCode: string } | null;
  /** Shows when it was updated last in place of when it was bought. */
  readonly byUpdate: boolean;
}

/** An order, and below it its items once it is opened. */
export function OrderRow({ order, marketplace, byUpdate }: Props) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const units = order.items.reduce((total, { quantityOrdered }) => total + quantityOrdered, 0);
  return (
    <>
      <tr>
        <td>
          <div className="row nowrap order-id">
            <button
              type="button"
              className="button quiet tiny"
              aria-expanded={open}
              aria-controls={id}
              aria-label={`Items of ${order.amazonOrderId}`}
              onClick={() => setOpen(!open)}
            >
              <ChevronRight className={open ? 'turned' : ''} size={15} aria-hidden />
            </button>
            <code>{order.amazonOrderId}</code>
            <CopyButton text={order.amazonOrderId} name={order.amazonOrderId} />
          </div>
        </td>
        <td>
          <Badge tone={statusTone(order.orderStatus)}>{statusWords(order.orderStatus)}</Badge>{' '}
          {order.rejectedVersion && <Badge tone="bad">Out of date</Badge>}{' '}
          {order.notes.length > 0 && <Badge tone="warn">Partly unreadable</Badge>}
        </td>
        <td className="numbers nowrap">
          <Time at={byUpdate ? order.lastUpdateDate : order.purchaseDate} />
        </td>
        <td>
          <span className="marketplace">
            {marketplace && <Flag country={marketplace.countryCode} />} {marketplace?.name ?? order.marketplaceId}
          </span>
        </td>
        <td className="amount" data-label="Units">
          {order.items.length === 0 ? <span className="muted">—</span> : count(units)}
        </td>
        <td className="amount last">
          <Amount of={order.orderTotal} />
        </td>
      </tr>
      <tr id={id} className="opened" hidden={!open}>
        <td colSpan={COLUMNS}>{open && <Opened order={order} byUpdate={byUpdate} />}</td>
      </tr>
    </>
  );
}

function Opened({ order, byUpdate }: Pick<Props, 'order' | 'byUpdate'>) {
  const owner = useIsOwner();
  const [payload, setPayload] = useState(false);
  return (
    <div className="stack">
      <div className="row apart small">
        <span className="muted">
          {byUpdate ? 'Bought' : 'Updated'} <Time at={byUpdate ? order.purchaseDate : order.lastUpdateDate} />
          {order.fulfilledBy && ` · fulfilled by ${order.fulfilledBy}`} · <code>{order.marketplaceId}</code>
        </span>
        {owner && <Button onClick={() => setPayload(true)}>What Amazon sent</Button>}
      </div>
      <Unread order={order} />
      {order.items.length === 0 ? (
        <p className="muted">No items were read yet: a run with items reads them.</p>
      ) : (
        <table className="table items stacks">
          <thead>
            <tr>
              <th scope="col">Item</th>
              <th scope="col">SKU</th>
              <th scope="col">ASIN</th>
              <th scope="col" className="amount">
                Units
              </th>
              <th scope="col" className="amount">
                Price
              </th>
            </tr>
          </thead>
          <tbody>
            {order.items.map(({ id, title, sellerSku, asin, quantityOrdered, itemPrice }) => (
              <tr key={id}>
                <td>{title ?? <span className="muted">Without a title</span>}</td>
                <td>
                  <code>{sellerSku}</code>
                </td>
                <td>{asin && <code>{asin}</code>}</td>
                <td className="amount" data-label="Units">
                  {count(quantityOrdered)}
                </td>
                <td className="amount last">
                  <Amount of={itemPrice} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {payload && (
        <OrderPayload
          amazonOrderId={order.amazonOrderId}
          marketplaceId={order.marketplaceId}
          onClose={() => setPayload(false)}
        />
      )}
    </div>
  );
}

/** What of the order could not be read; nothing for nearly all orders. */
function Unread({ order: { notes, rejectedVersion } }: Pick<Props, 'order'>) {
  return (
    <>
      {rejectedVersion && (
        <Notice tone="bad" title="This order is out of date">
          <p>
            The version that Amazon sent <Time at={rejectedVersion.rejectedAt} /> could not be read, so the one before
            it is shown and counted in sales. It is replaced once Amazon sends a version that can be read.
          </p>
          <p className="small muted">{rejectedVersion.reason}</p>
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice tone="warn" title="Amazon sent parts of this order that could not be read">
          <div className="stack tight">
            {' '}
            <p>
              They are left empty, or keep the value that was known before. All else of the order is as Amazon sent it.
            </p>
            <ul className="small">
              {notes.map((note) => (
                <li key={note}>
                  <code>{note}</code>
                </li>
              ))}
            </ul>
          </div>
        </Notice>
      )}
    </>
  );
}
