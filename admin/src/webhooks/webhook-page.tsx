import { useMutation, useQuery } from '@urql/preact';
import { ArrowLeft } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { Link, useLocation, useParams } from 'wouter-preact';
import {
  RemoveWebhookDocument,
  RotateWebhookSecretDocument,
  UpdateWebhookDocument,
  type WebhookFragment,
  WebhooksDocument,
} from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog, Dialog } from '../ui/dialog.js';
import { Fact, Facts } from '../ui/facts.js';
import { Notice, RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { RelativeTime, Time, useNow } from '../ui/time.js';
import { Deliveries } from './deliveries.js';
import { NewSecret } from './new-secret.js';
import { useSendTest } from './send-test.js';
import { useRefreshed } from './use-refreshed.js';
import { WebhookForm, type WebhookValues } from './webhook-form.js';
import { stateOf } from './words.js';

/** One webhook: its state, what an owner does with it, and its deliveries. */
export function WebhookPage() {
  const { id = '' } = useParams();
  const [{ data, error }, execute] = useQuery({ query: WebhooksDocument, requestPolicy: 'cache-and-network' });
  const refresh = () => execute({ requestPolicy: 'network-only' });
  useRefreshed(refresh);
  const webhook = data?.webhooks.find((one) => one.id === id);
  return (
    <Page
      title={webhook ? new URL(webhook.url).host : 'Webhook'}
      lead={
        <span className="row">
          <Link href="/webhooks" className="row">
            <ArrowLeft size={14} aria-hidden /> Webhooks
          </Link>
          {webhook && <State webhook={webhook} />}
        </span>
      }
    >
      <RequestError error={error} />
      {data && !webhook && <p>There is no such webhook.</p>}
      {webhook && <WebhookCard webhook={webhook} onChange={refresh} />}
      {webhook && <Deliveries webhookId={webhook.id} onChange={refresh} />}
    </Page>
  );
}

function State({ webhook }: { readonly webhook: WebhookFragment }) {
  const [tone, state] = stateOf(webhook, useNow());
  return <Badge tone={tone}>{state}</Badge>;
}

interface Props {
  readonly webhook: WebhookFragment;
  readonly onChange: () => void;
}

function WebhookCard({ webhook, onChange }: Props) {
  const { id, url, description, events, status, lastSuccessAt, pendingDeliveries, previousSecretUntil } = webhook;
  const [, navigate] = useLocation();
  const [opened, setOpened] = useState<'edit' | 'rotate' | 'remove' | null>(null);
  const [updated, update] = useMutation(UpdateWebhookDocument);
  const [removed, remove] = useMutation(RemoveWebhookDocument);
  const test = useSendTest(webhook, onChange);
  const now = useNow();
  const close = () => setOpened(null);
  const isEnabled = status === 'ENABLED';
  const toggle = async () => {
    await update({ id, enabled: !isEnabled });
    onChange();
  };
  const edit = async (values: WebhookValues) => {
    const { data } = await update({ id, ...values, events: [...values.events] });
    if (data) close();
    onChange();
  };
  const confirmRemoval = async () => {
    const { data } = await remove({ id });
    if (!data) return;
    onChange();
    navigate('/webhooks');
  };
  return (
    <section className="card body stack" aria-labelledby="webhook-heading">
      <div className="row spread">
        <h2 id="webhook-heading">Endpoint</h2>
        <div className="row">
          {test.button}
          <Button onClick={() => setOpened('edit')}>Edit</Button>
          <Button onClick={() => setOpened('rotate')}>New secret</Button>
          <Button busy={updated.fetching && opened === null} onClick={() => void toggle()}>
            {isEnabled ? 'Disable' : 'Enable'}
          </Button>
          <Button look="danger" onClick={() => setOpened('remove')}>
            Remove
          </Button>
        </div>
      </div>
      {test.result}
      {opened === null && <RequestError error={updated.error} />}
      <Problem webhook={webhook} now={now} />
      <p className="anywhere">
        <bdi>{url}</bdi>
      </p>
      <Facts className="text">
        {description && <Fact label="Description">{description}</Fact>}
        <Fact label="Events">{events.join(', ')}</Fact>
        <Fact label="Last success">{lastSuccessAt ? <RelativeTime at={lastSuccessAt} /> : 'Never'}</Fact>
        <Fact label="Waiting">{pendingDeliveries}</Fact>
        {previousSecretUntil && Date.parse(previousSecretUntil) > now && (
          <Fact label="Previous secret">
            Signs too until <Time at={previousSecretUntil} />
          </Fact>
        )}
      </Facts>
      {opened === 'edit' && (
        <Dialog title="Edit webhook" onClose={close}>
          <WebhookForm
            action="Save"
            values={{ url, description: description ?? '', events }}
            busy={updated.fetching}
            error={updated.error}
            onSubmit={edit}
          />
        </Dialog>
      )}
      {opened === 'rotate' && <RotateSecret webhook={webhook} onClose={close} onRotated={onChange} />}
      {opened === 'remove' && (
        <ConfirmDialog
          title="Remove this webhook?"
          action="Remove webhook"
          busy={removed.fetching}
          error={removed.error}
          onConfirm={confirmRemoval}
          onClose={close}
        >
          Nothing more is sent to {new URL(url).host}, and its deliveries are deleted. This can’t be undone.
        </ConfirmDialog>
      )}
    </section>
  );
}

function Problem({ webhook, now }: { readonly webhook: WebhookFragment; readonly now: number }) {
  const { status, disabledReason, disabledAt, failingSince, pausedUntil, lastError } = webhook;
  if (status === 'DISABLED') {
    return (
      <Notice title="Disabled">
        {disabledReason} {disabledAt && <Time at={disabledAt} />}. Enabling sends the changes of the last three days
        that were missed.
      </Notice>
    );
  }
  if (!failingSince) return null;
  return (
    <Notice tone="warn" title="The last delivery failed">
      <div className="anywhere">{lastError}</div>
      Failing since <Time at={failingSince} />.{' '}
      {pausedUntil && Date.parse(pausedUntil) > now && (
        <>
          Tried again <RelativeTime at={pausedUntil} />, or after a successful test.
        </>
      )}
    </Notice>
  );
}

interface RotateProps {
  readonly webhook: WebhookFragment;
  readonly onClose: () => void;
  readonly onRotated: () => void;
}

function RotateSecret({ webhook: { id }, onClose, onRotated }: RotateProps) {
  const [{ fetching, error, data }, rotate] = useMutation(RotateWebhookSecretDocument);
  if (data) {
    const note = 'For 24 hours the previous secret signs too: change it in the receiver within that time.';
    return <NewSecret title="New secret" secret={data.rotateWebhookSecret.secret} note={note} onClose={onClose} />;
  }
  const confirm = async () => {
    const result = await rotate({ id });
    if (result.data) onRotated();
  };
  return (
    <ConfirmDialog
      title="Create a new secret?"
      action="Create secret"
      busy={fetching}
      error={error}
      onConfirm={confirm}
      onClose={onClose}
    >
      Requests are signed with both secrets for 24 hours, then with the new one only.
    </ConfirmDialog>
  );
}
