import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import type { OrderDetailsFragment, OrderMarketplaceFragment } from '../generated/operations.js';
import { Fact, Facts } from '../ui/facts.js';
import { LocalTime } from '../ui/local-time.js';
import { Marketplace } from '../ui/marketplace.js';
import { fulfilmentInWords, inWords } from './words.js';

interface Props {
  readonly order: OrderDetailsFragment;
  /** Undefined for a marketplace that the connection doesn't have. */
  readonly marketplace: OrderMarketplaceFragment | undefined;
}

/** Dates and windows of an order, in the time zone of its marketplace. */
export function OrderDates({ order, marketplace }: Props) {
  const timeZone = marketplace?.timeZone;
  const windows = [
    ['Ship by', order.shipByWindow],
    ['Deliver by', order.deliverByWindow],
    ['Print label by', order.labelPrintingWindow],
  ] as const;
  return (
    <section className="card body stack" aria-labelledby="dates">
      <h2 id="dates">Dates</h2>
      <Facts className="text">
        <Fact label="Purchased">
          <LocalTime at={order.purchaseDate} timeZone={timeZone} />
        </Fact>
        <Fact label="Last update">
          <LocalTime at={order.lastUpdateDate} timeZone={timeZone} />
        </Fact>
        {windows.map(([label, window]) => (
          <OptionalFact key={label} label={label}>
            {window && <Window of={window} timeZone={timeZone} />}
          </OptionalFact>
        ))}
      </Facts>
      {timeZone && <p className="small muted">Times are those of the marketplace ({timeZone}).</p>}
    </section>
  );
}

type Range = NonNullable<OrderDetailsFragment['shipByWindow']>;

function Window({ of, timeZone }: { readonly of: Range; readonly timeZone: string | undefined }) {
  const { earliestDateTime: earliest, latestDateTime: latest } = of;
  return (
    <>
      {earliest && (
        <>
          <LocalTime at={earliest} timeZone={timeZone} />
          {latest ? ' – ' : ' or later'}
        </>
      )}
      {latest && <LocalTime at={latest} timeZone={timeZone} />}
    </>
  );
}

/** Who ships an order, where it was sold, and how. */
export function OrderFacts({ order, marketplace }: Props) {
  const { programs, associatedOrders } = order;
  return (
    <section className="card body stack" aria-labelledby="facts">
      <h2 id="facts">Order</h2>
      <Facts className="text">
        <Fact label="Marketplace">
          {marketplace ? <Marketplace of={marketplace} /> : (order.marketplaceName ?? inWords(order.marketplaceId))}
        </Fact>
        <OptionalFact label="Shipped by">{fulfilmentInWords(order.fulfilledBy)}</OptionalFact>
        <OptionalFact label="Shipping service">
          {order.fulfillmentServiceLevel && inWords(order.fulfillmentServiceLevel)}
        </OptionalFact>
        <Fact label="Sales channel">{inWords(order.channelName)}</Fact>
        <OptionalFact label="Programs">{programs.length > 0 && programs.map(inWords).join(', ')}</OptionalFact>
        <OptionalFact label="Your order ID">
          {order.sellerOrderId !== order.amazonOrderId && order.sellerOrderId}
        </OptionalFact>
        {associatedOrders.map(({ amazonOrderId, associationType }) => (
          <Fact key={amazonOrderId} label={associationType ? inWords(associationType) : 'Belongs to'}>
            {amazonOrderId && <Link href={`/orders/${encodeURIComponent(amazonOrderId)}`}>{amazonOrderId}</Link>}
          </Fact>
        ))}
        <OptionalFact label="Invoice to">
          {order.buyerInvoicePreference && inWords(order.buyerInvoicePreference)}
        </OptionalFact>
        <OptionalFact label="Invoice">{order.invoiceStatus && inWords(order.invoiceStatus)}</OptionalFact>
        <Fact label="Read from">{inWords(order.source)}</Fact>
      </Facts>
    </section>
  );
}

/** A fact that not each order has. */
function OptionalFact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return children ? <Fact label={label}>{children}</Fact> : null;
}
