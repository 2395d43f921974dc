import { ArrowLeft, ExternalLink, RefreshCw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useMutation, useQuery } from 'urql';
import { Link, useParams } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { useIsOwner } from '../api/use-session.js';
import {
  type OrderDetailsFragment,
  type OrderMarketplaceFragment,
  OrderPageDocument,
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
import { sellerCentralUrl } from './seller-central.js';
import { formatStatus, statusTone } from './status.js';
import { inWords } from './words.js';

/** Everything of one order, at an address of its own. */
export function OrderPage() {
  const { amazonOrderId = '' } = useParams();
  const [{ data, error }, refetch] = useQuery({ query: OrderPageDocument, variables: { amazonOrderId } });
  const order = data?.order;
  const reload = () => refetch({ requestPolicy: 'network-only' });
  if (order) {
    const marketplace = data.connection?.marketplaces.find(
      ({ marketplaceId }) => marketplaceId === order.marketplaceId,
    );
    return <Order order={order} marketplace={marketplace} onReload={reload} />;
  }
  return (
    <Page title={`Order ${amazonOrderId}`} lead={<BackToList />}>
      <RequestError error={error} />
      {error && (
        <div>
          <Button onClick={reload}>Try again</Button>
        </div>
      )}
      {data && <Unknown amazonOrderId={amazonOrderId} onReload={reload} />}
      {!data && !error && <div className="skeleton order-skeleton" />}
    </Page>
  );
}

interface OrderProps {
  readonly order: OrderDetailsFragment;
  readonly marketplace: OrderMarketplaceFragment | undefined;
  readonly onReload: () => void;
}

function Order({ order, marketplace, onReload }: OrderProps) {
  const owner = useIsOwner();
  const [showPayload, setShowPayload] = useState(false);
  const [now] = useState(Date.now);
  const { amazonOrderId } = order;
  const sellerCentral = marketplace && sellerCentralUrl(amazonOrderId, marketplace.countryCode);
  const again = useReadAgain(amazonOrderId, onReload);
  return (
    <Page
      title={`Order ${amazonOrderId}`}
      lead={
        <span className="row">
          <BackToList />
          <Badge tone={statusTone(order, now)}>{formatStatus(order.orderStatus)}</Badge>
          {order.channelName === 'NON_AMAZON' && <Badge>{inWords(order.channelName)}</Badge>}
          <CopyButton text={amazonOrderId} name={amazonOrderId} />
        </span>
      }
      actions={
        <>
          {sellerCentral && (
            <a className="button" href={sellerCentral} target="_blank" rel="noreferrer">
              Seller Central <ExternalLink size={14} aria-hidden />
            </a>
          )}
          {owner && <Button onClick={() => setShowPayload(true)}>View raw payload</Button>}
          {owner && again.button}
        </>
      }
    >
      {again.result}
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
      </div>
      {showPayload && <PayloadDialog order={order} onClose={() => setShowPayload(false)} />}
    </Page>
  );
}

/** Leads to the list as it was left. */
function BackToList() {
  const state = useHistoryState<{ readonly list?: string } | null>();
  return (
    <Link href={`/orders${state?.list ? `?${state.list}` : ''}`}>
      <ArrowLeft className="back-arrow" size={14} aria-hidden /> Orders
    </Link>
  );
}

/** The button that reads an order from Amazon now, and what came of it. */
function useReadAgain(amazonOrderId: string, onRead: () => void): { button: ReactNode; result: ReactNode } {
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

function Unknown({ amazonOrderId, onReload }: { readonly amazonOrderId: string; readonly onReload: () => void }) {
  const owner = useIsOwner();
  const again = useReadAgain(amazonOrderId, onReload);
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
