import { useMutation, useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import {
  type DeliveryFragment,
  RedeliverDocument,
  WebhookDeliveriesDocument,
  WebhookDeliveryBodyDocument,
} from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Select } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';
import { FullRow, SkeletonRow, Table } from '../ui/table.js';
import { TextBlock } from '../ui/text-block.js';
import { RelativeTime, Time } from '../ui/time.js';
import { useRefreshed } from './use-refreshed.js';
import { DELIVERY_STATES, resultOf } from './words.js';

type State = DeliveryFragment['state'];
const STATES: readonly (readonly [State | '', string])[] = [
  ['', 'All'],
  ['PENDING', 'Waiting'],
  ['DELIVERED', 'Delivered'],
  ['FAILED', 'Given up'],
];
const PAGE = 25;
const MAX_ROWS = 200;
const COLUMNS = [
  'Event',
  'Time',
  'Result',
  'State',
  <th key="actions" scope="col">
    <span className="visually-hidden">Actions</span>
  </th>,
];

/** The deliveries of a webhook, newest first. */
export function Deliveries({ webhookId, onChange }: { readonly webhookId: string; readonly onChange: () => void }) {
  const [state, setState] = useState<State | ''>('');
  const [first, setFirst] = useState(PAGE);
  const [{ data, error }, execute] = useQuery({
    query: WebhookDeliveriesDocument,
    variables: { webhookId, state: state || null, first, after: null },
    requestPolicy: 'cache-and-network',
  });
  const refresh = () => execute({ requestPolicy: 'network-only' });
  useRefreshed(refresh);
  const { nodes, pageInfo } = data?.webhookDeliveries ?? {};
  const changed = () => {
    refresh();
    onChange();
  };
  return (
    <section className="stack" aria-labelledby="deliveries-heading">
      <div className="row spread">
        <h2 id="deliveries-heading">Deliveries</h2>
        <Select label="State" value={state} options={STATES} onChange={setState} />
      </div>
      <RequestError error={error} />
      <Table label="Deliveries" className="responsive middle" columns={COLUMNS}>
        <tbody>
          {!data && !error && <SkeletonRow />}
          {nodes?.length === 0 && <FullRow cell="muted">No deliveries in the last seven days.</FullRow>}
          {nodes?.map((delivery) => (
            <DeliveryRow key={delivery.id} delivery={delivery} onChange={changed} />
          ))}
          {pageInfo?.hasNextPage && first < MAX_ROWS && (
            <FullRow>
              <Button look="quiet" onClick={() => setFirst(Math.min(first * 2, MAX_ROWS))}>
                Load more
              </Button>
            </FullRow>
          )}
        </tbody>
      </Table>
    </section>
  );
}

function DeliveryRow({ delivery, onChange }: { readonly delivery: DeliveryFragment; readonly onChange: () => void }) {
  const { id, event, at, amazonOrderId, attempts, nextAttemptAt, messageId } = delivery;
  const [{ fetching, error }, redeliver] = useMutation(RedeliverDocument);
  const [isShown, setIsShown] = useState(false);
  const [tone, state] = DELIVERY_STATES[delivery.state];
  const again = async () => {
    await redeliver({ deliveryId: id });
    onChange();
  };
  return (
    <tr>
      <td>
        {event}
        {amazonOrderId && (
          <div className="small nowrap">
            <Link href={`/orders/${amazonOrderId}`}>{amazonOrderId}</Link>
          </div>
        )}
      </td>
      <td className="numbers nowrap" data-label="Time">
        <Time at={at} />
      </td>
      <td className="small long">
        {resultOf(delivery)}
        <RequestError error={error} />
      </td>
      <td>
        <Badge tone={tone}>{state}</Badge>
        {attempts > 1 && <div className="small muted nowrap">{attempts} attempts</div>}
        {nextAttemptAt && delivery.state === 'PENDING' && (
          <div className="small muted nowrap">
            Next <RelativeTime at={nextAttemptAt} />
          </div>
        )}
      </td>
      <td className="amount last">
        <div className="row nowrap">
          <Button look="quiet" className="tiny" aria-label={`Show ${messageId}`} onClick={() => setIsShown(true)}>
            Show
          </Button>
          <Button
            look="quiet"
            className="tiny"
            busy={fetching}
            aria-label={`Resend ${messageId}`}
            onClick={() => void again()}
          >
            Resend
          </Button>
        </div>
        {isShown && <DeliveryBody delivery={delivery} onClose={() => setIsShown(false)} />}
      </td>
    </tr>
  );
}

interface BodyProps {
  readonly delivery: DeliveryFragment;
  readonly onClose: () => void;
}

function DeliveryBody({ delivery: { id, messageId }, onClose }: BodyProps) {
  const [{ data, error }] = useQuery({ query: WebhookDeliveryBodyDocument, variables: { id } });
  const node = data?.node;
  const body = node && 'body' in node ? node.body : undefined;
  const text = body ? JSON.stringify(body, null, 2) : null;
  return (
    <Dialog title="Delivery" wide onClose={onClose}>
      <RequestError error={error} />
      <p className="small muted">webhook-id: {messageId}</p>
      {!data && !error && <div className="skeleton line" />}
      {data && !body && <p>The change is no longer kept.</p>}
      {text && <TextBlock text={text} name="the body" />}
    </Dialog>
  );
}
