import { useMutation, useQuery } from '@urql/preact';
import { ArrowLeft, ExternalLink, RefreshCw } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useParams } from 'wouter-preact';
import { useHistoryState } from 'wouter-preact/use-browser-location';
import { useOrderChanges } from '../api/use-order-changes.js';
import { useIsOwner } from '../api/use-session.js';
import {
  type OrderMarketplaceFragment,
  OrderPageDocument,
  type OrderPageQuery,
  ReadOrderAgainDocument,
} from '../generated/operations.js';
import '../styles/orders.css';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Notice, RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { OrderAmounts } from './order-amounts.js';
import { OrderDates, OrderFacts } from './order-facts.js';
import { OrderItems } from './order-items.js';
import { OrderPackages } from './order-packages.js';
import { PayloadDialog } from './order-payload.js';
import { OrderProblems } from './order-problems.js';
import type { ListState } from './order-row.js';
import { OrderTimeline } from './order-timeline.js';
import { sellerCentralUrl } from './seller-central.js';
import { formatStatus, statusTone } from './status.js';
import { inWords } from './words.js';

/** Everything of one order, at an address of its own. */
export function OrderPage() {
  const { amazonOrderId = '' } = useParams();
  return <PageOf key={amazonOrderId} amazonOrderId={amazonOrderId} />;
}

/** While it loads the page has the same heading and link, so that the focus stays where it is when the order arrives. */
function PageOf({ amazonOrderId }: { readonly amazonOrderId: string }) {
  const [{ data, error }, refetch] = useQuery({ query: OrderPageDocument, variables: { amazonOrderId } });
  const [showPayload, setShowPayload] = useState(false);
  const [now] = useState(Date.now);
  const owner = useIsOwner();
  const reload = () => refetch({ requestPolicy: 'network-only' });
  useOrderChanges(amazonOrderId, reload);
  const again = useReadAgain(amazonOrderId, reload);
  const order = data?.order;
  const marketplace = data?.connection?.marketplaces.find(
    ({ marketplaceId }) => marketplaceId === order?.marketplaceId,
  );
  return (
    <Page
      title={`Order ${amazonOrderId}`}
      lead={
        <span className="row">
          <BackToList amazonOrderId={amazonOrderId} />
          {order && <Badge tone={statusTone(order, now)}>{formatStatus(order.orderStatus)}</Badge>}
          {order?.channelName === 'NON_AMAZON' && <Badge>{inWords(order.channelName)}</Badge>}
          {order && <CopyButton text={amazonOrderId} name={amazonOrderId} />}
        </span>
      }
      actions={
        order && (
          <>
            {marketplace && <SellerCentralLink amazonOrderId={amazonOrderId} marketplace={marketplace} />}
            {owner && <Button onClick={() => setShowPayload(true)}>View raw payload</Button>}
            {owner && again.button}
          </>
        )
      }
    >
      {order && (
        <>
          {again.result}
          <Order order={order} marketplace={marketplace} />
          {showPayload && <PayloadDialog order={order} onClose={() => setShowPayload(false)} />}
        </>
      )}
      {!order && <RequestError error={error} />}
      {!order && error && (
        <div>
          <Button onClick={reload}>Try again</Button>
        </div>
      )}
      {data && !order && <Unknown again={again} />}
      {!data && !error && <div className="skeleton order-skeleton" />}
    </Page>
  );
}

interface OrderProps {
  readonly order: NonNullable<OrderPageQuery['order']>;
  readonly marketplace: OrderMarketplaceFragment | undefined;
}

function Order({ order, marketplace }: OrderProps) {
  const owner = useIsOwner();
  return (
    <>
      <OrderProblems
        order={order}
        action={
          <p className="small">
            {owner
              ? 'Read the order again once Amazon has corrected it. If it lasts, send the raw payload to Amazon’s support.'
              : 'An owner can read the order again once Amazon has corrected it.'}
          </p>
        }
      />
      <OrderItems items={order.items} />
      <div className="order-cards">
        <OrderAmounts order={order} />
        <OrderDates order={order} marketplace={marketplace} />
        <OrderFacts order={order} marketplace={marketplace} />
        <OrderPackages order={order} timeZone={marketplace?.timeZone} />
        <OrderTimeline changes={order.changes} timeZone={marketplace?.timeZone} />
      </div>
    </>
  );
}

interface SellerCentralLinkProps {
  readonly amazonOrderId: string;
  readonly marketplace: OrderMarketplaceFragment;
}

function SellerCentralLink({ amazonOrderId, marketplace }: SellerCentralLinkProps) {
  const url = sellerCentralUrl(amazonOrderId, marketplace.countryCode);
  if (!url) return null;
  return (
    <a className="button" href={url} target="_blank" rel="noreferrer">
      Seller Central <ExternalLink size={14} aria-hidden />
    </a>
  );
}

/** Leads to the list as it was left. */
function BackToList({ amazonOrderId }: { readonly amazonOrderId: string }) {
  const state = useHistoryState<{ readonly list?: string } | null>();
  return (
    <Link href={`/orders${state?.list ? `?${state.list}` : ''}`} state={{ opened: amazonOrderId } satisfies ListState}>
      <ArrowLeft className="back-arrow" size={14} aria-hidden /> Orders
    </Link>
  );
}

/** The button that reads an order from Amazon now, and the result. */
interface ReadAgain {
  readonly button: ComponentChildren;
  readonly result: ComponentChildren;
}

function useReadAgain(amazonOrderId: string, onRead: () => void): ReadAgain {
  const [{ fetching, data, error }, read] = useMutation(ReadOrderAgainDocument);
  const onClick = async () => {
    await read({ amazonOrderId });
    // A version that can't be read is noted on the order, too.
    onRead();
  };
  return {
    button: (
      <Button busy={fetching} onClick={() => void onClick()}>
        {!fetching && <RefreshCw size={14} aria-hidden />} Read again
      </Button>
    ),
    result: (
      <>
        <RequestError error={error} />
        {data && !fetching && <Notice tone="good">This is the order as Amazon has it now.</Notice>}
      </>
    ),
  };
}

function Unknown({ again }: { readonly again: ReadAgain }) {
  const owner = useIsOwner();
  return (
    <section className="card empty">
      <h2>This order is not in the mirror</h2>
      <p>
        {owner
          ? 'Check the ID, or read the order from Amazon now.'
          : 'Check the ID. It may be older than what the mirror holds.'}
      </p>
      {owner && again.button}
      {again.result}
    </section>
  );
}
