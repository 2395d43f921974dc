import { ChevronRight } from 'lucide-react';
import { useId, useState } from 'react';
import { useQuery } from 'urql';
import { useIsOwner } from '../api/use-session.js';
import { OrderPayloadDocument, type OrdersQuery } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Flag } from '../ui/marketplace.js';
import { Notice, RequestError } from '../ui/notice.js';
import { Amount, formatCount } from '../ui/numbers.js';
import { FullRow, TableHead } from '../ui/table.js';
import { Time } from '../ui/time.js';
import { formatStatus, statusTone } from './status.js';

type Order = OrdersQuery['orders']['nodes'][number];

interface Props {
  readonly order: Order;
  /** Undefined for a marketplace that the connection doesn't have. */
  readonly marketplace: { readonly name: string; readonly countryCode: string } | undefined;
  /** Shows the last update in place of the purchase. */
  readonly byUpdate: boolean;
}

/** An order; expands to its items. */
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
              <ChevronRight className={open ? 'rotated' : ''} size={15} aria-hidden />
            </button>
            <code>{order.amazonOrderId}</code>
            <CopyButton text={order.amazonOrderId} name={order.amazonOrderId} />
          </div>
        </td>
        <td>
          <Badge tone={statusTone(order.orderStatus)}>{formatStatus(order.orderStatus)}</Badge>{' '}
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
          {order.items.length === 0 ? <span className="muted">—</span> : formatCount(units)}
        </td>
        <td className="amount last">
          <Amount of={order.orderTotal} />
        </td>
      </tr>
      <FullRow id={id} className="details" hidden={!open}>
        {open && <OrderDetails order={order} byUpdate={byUpdate} />}
      </FullRow>
    </>
  );
}

function OrderDetails({ order, byUpdate }: Pick<Props, 'order' | 'byUpdate'>) {
  const owner = useIsOwner();
  const [showPayload, setShowPayload] = useState(false);
  return (
    <div className="stack">
      <div className="row spread small">
        <span className="muted">
          {byUpdate ? 'Purchased' : 'Updated'} <Time at={byUpdate ? order.purchaseDate : order.lastUpdateDate} />
          {order.fulfilledBy && ` · fulfilled by ${order.fulfilledBy}`} · <code>{order.marketplaceId}</code>
        </span>
        {owner && <Button onClick={() => setShowPayload(true)}>View raw payload</Button>}
      </div>
      <UnreadableParts order={order} />
      {order.items.length === 0 ? (
        <p className="muted">No items yet. Run a sync that includes items to load them.</p>
      ) : (
        <table className="table items responsive">
          <TableHead columns={['Item', 'SKU', 'ASIN']} amounts={['Units', 'Price']} />
          <tbody>
            {order.items.map(({ id, title, sellerSku, asin, quantityOrdered, itemPrice }) => (
              <tr key={id}>
                <td>{title ?? <span className="muted">No title</span>}</td>
                <td>
                  <code>{sellerSku}</code>
                </td>
                <td>{asin && <code>{asin}</code>}</td>
                <td className="amount" data-label="Units">
                  {formatCount(quantityOrdered)}
                </td>
                <td className="amount last">
                  <Amount of={itemPrice} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {showPayload && <PayloadDialog order={order} onClose={() => setShowPayload(false)} />}
    </div>
  );
}

function UnreadableParts({ order: { notes, rejectedVersion } }: Pick<Props, 'order'>) {
  return (
    <>
      {rejectedVersion && (
        <Notice tone="bad" title="This order is out of date">
          <p>
            The version that Amazon sent <Time at={rejectedVersion.rejectedAt} /> could not be read. The previous
            version is shown and counted in sales until Amazon sends a readable one.
          </p>
          <p className="small muted">{rejectedVersion.reason}</p>
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice tone="warn" title="Parts of this order could not be read">
          <div className="stack tight">
            <p>They are empty or keep their last known value. Everything else is as Amazon sent it.</p>
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

function PayloadDialog({ order, onClose }: Pick<Props, 'order'> & { readonly onClose: () => void }) {
  const { amazonOrderId, marketplaceId } = order;
  const [{ data, error }] = useQuery({ query: OrderPayloadDocument, variables: { amazonOrderId, marketplaceId } });
  const payload = data?.order && {
    order: data.order.rawPayload,
    items: data.order.items.map(({ rawPayload }) => rawPayload),
  };
  const text = payload && JSON.stringify(payload, null, 2);
  return (
    <Dialog title={`Raw payload of ${amazonOrderId}`} wide onClose={onClose}>
      <p className="small muted">As Amazon sent it, without personal data, which is never stored.</p>
      <RequestError error={error} />
      {!error && data && !data.order && <p>This order is no longer in the mirror.</p>}
      {!data && !error && <div className="skeleton payload" />}
      {text && (
        <div className="payload-frame">
          <CopyButton text={text} name="the payload" />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: makes it scrollable with the keyboard */}
          <pre className="payload" tabIndex={0}>
            {text}
          </pre>
        </div>
      )}
    </Dialog>
  );
}
