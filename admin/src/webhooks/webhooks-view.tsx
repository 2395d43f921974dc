import { useMutation, useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useIsOwner } from '../api/use-session.js';
import { CreateWebhookDocument, type WebhookFragment, WebhooksDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { FullRow, SkeletonRow, Table } from '../ui/table.js';
import { RelativeTime, useNow } from '../ui/time.js';
import { NewSecret } from './new-secret.js';
import { useRefreshed } from './use-refreshed.js';
import { WebhookForm, type WebhookValues } from './webhook-form.js';
import { DELIVERY_STATES, stateOf } from './words.js';

export function WebhooksView() {
  const owner = useIsOwner();
  if (owner) return <Webhooks />;
  return (
    <Page title="Webhooks">
      <p>Only owners can manage webhooks.</p>
    </Page>
  );
}

function Webhooks() {
  const [{ data, error }, execute] = useQuery({ query: WebhooksDocument, requestPolicy: 'cache-and-network' });
  const refresh = () => execute({ requestPolicy: 'network-only' });
  useRefreshed(refresh);
  const [creating, setCreating] = useState(false);
  return (
    <Page
      title="Webhooks"
      lead="Events sent to your own systems, signed and retried."
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          Create webhook
        </Button>
      }
    >
      <RequestError error={error} />
      <Table
        label="Webhooks"
        className="responsive middle"
        columns={['Address', 'Events', 'Last delivery', 'Waiting', 'State']}
      >
        <tbody>
          {!data && !error && <SkeletonRow />}
          {data?.webhooks.length === 0 && <FullRow cell="muted">No webhooks.</FullRow>}
          {data?.webhooks.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} />
          ))}
        </tbody>
      </Table>
      {creating && <CreateWebhook onClose={() => setCreating(false)} onCreated={refresh} />}
    </Page>
  );
}

function WebhookRow({ webhook }: { readonly webhook: WebhookFragment }) {
  const { id, url, description, events, lastDelivery, pendingDeliveries } = webhook;
  const [tone, state] = stateOf(webhook, useNow());
  return (
    <tr>
      <td className="long">
        <Link href={`/webhooks/${id}`} className="anywhere">
          {url}
        </Link>
        {description && <div className="small muted">{description}</div>}
      </td>
      <td className="small" data-label="Events">
        {events.join(', ')}
      </td>
      <td className="numbers nowrap" data-label="Last delivery">
        {lastDelivery ? (
          <>
            {DELIVERY_STATES[lastDelivery.state][1]} <RelativeTime at={lastDelivery.lastAttemptAt ?? lastDelivery.at} />
          </>
        ) : (
          <span className="muted">Never</span>
        )}
      </td>
      <td className="numbers" data-label="Waiting">
        {pendingDeliveries}
      </td>
      <td className="last">
        <Badge tone={tone}>{state}</Badge>
      </td>
    </tr>
  );
}

const NEW: WebhookValues = { url: '', description: '', events: ['order.changed'] };

function CreateWebhook({ onClose, onCreated }: { readonly onClose: () => void; readonly onCreated: () => void }) {
  const [{ fetching, error, data }, create] = useMutation(CreateWebhookDocument);
  const submit = async ({ events, ...values }: WebhookValues) => {
    const result = await create({ ...values, events: [...events] });
    if (result.data) onCreated();
  };
  if (data) {
    const { webhook, secret } = data.createWebhook;
    const note = 'Give it to the receiver, which verifies the signature of each request with it.';
    return <NewSecret title={new URL(webhook.url).host} secret={secret} note={note} onClose={onClose} />;
  }
  return (
    <Dialog title="Create webhook" onClose={onClose}>
      <WebhookForm action="Create webhook" values={NEW} busy={fetching} error={error} onSubmit={submit} />
    </Dialog>
  );
}
