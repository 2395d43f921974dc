import { useMutation, useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';
import { useIsOwner } from '../api/use-session.js';
import { ApiKeysDocument, RevokeApiKeyDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { Check } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { FullRow, SkeletonRow, Table } from '../ui/table.js';
import { RelativeTime, Time } from '../ui/time.js';
import { type ApiKey, endOf } from './api-key.js';
import { CreateKey } from './create-key.js';

export function ApiKeysView() {
  const owner = useIsOwner();
  if (owner) return <ApiKeys />;
  return (
    <Page title="API keys">
      <p>Only owners can manage API keys.</p>
    </Page>
  );
}

const COLUMNS = [
  'Name',
  'Key',
  'Role',
  'Last used',
  'Expires',
  'Created',
  <th key="actions" scope="col">
    <span className="visually-hidden">Actions</span>
  </th>,
];

function ApiKeys() {
  const [{ data, error }, execute] = useQuery({ query: ApiKeysDocument, requestPolicy: 'cache-and-network' });
  const [creating, setCreating] = useState(false);
  const [withEnded, setWithEnded] = useState(false);
  const refresh = () => execute({ requestPolicy: 'network-only' });
  const valid = data?.apiKeys.filter((key) => endOf(key) === null);
  const ended = data?.apiKeys.filter((key) => endOf(key) !== null) ?? [];
  return (
    <Page
      title="API keys"
      lead="For scripts and programs that use the API."
      actions={
        <Button look="primary" onClick={() => setCreating(true)}>
          Create key
        </Button>
      }
    >
      <RequestError error={error} />
      <Table label="API keys" className="responsive middle" columns={COLUMNS}>
        <tbody>
          {!data && !error && <SkeletonRow />}
          {valid?.length === 0 && <FullRow cell="muted">No valid keys.</FullRow>}
          {[...(valid ?? []), ...(withEnded ? ended : [])].map((key) => (
            <KeyRow key={key.id} apiKey={key} onRevoked={refresh} />
          ))}
        </tbody>
      </Table>
      {ended.length > 0 && (
        <Check checked={withEnded} onChange={({ currentTarget }) => setWithEnded(currentTarget.checked)}>
          Show revoked and expired keys ({ended.length})
        </Check>
      )}
      {creating && <CreateKey onClose={() => setCreating(false)} onCreated={refresh} />}
    </Page>
  );
}

function KeyRow({ apiKey, onRevoked }: { readonly apiKey: ApiKey; readonly onRevoked: () => void }) {
  const [revoking, setRevoking] = useState(false);
  const [{ fetching, error }, revoke] = useMutation(RevokeApiKeyDocument);
  const end = endOf(apiKey);
  const confirm = async () => {
    const { data } = await revoke({ id: apiKey.id });
    if (!data) return;
    setRevoking(false);
    onRevoked();
  };
  return (
    <tr>
      <td>{apiKey.name}</td>
      <td className="nowrap">
        <code>{apiKey.prefix}…</code>
      </td>
      <td>{apiKey.role === 'OWNER' ? 'Owner' : 'Viewer'}</td>
      <td className="numbers nowrap" data-label="Last used">
        {apiKey.lastUsedAt ? <RelativeTime at={apiKey.lastUsedAt} /> : <span className="muted">Never</span>}
      </td>
      <td className="numbers nowrap" data-label="Expires">
        {apiKey.expiresAt ? <Time at={apiKey.expiresAt} /> : <span className="muted">Never</span>}
      </td>
      <td className="numbers" data-label="Created">
        <Time at={apiKey.createdAt} /> <span className="muted">by {apiKey.createdBy?.email ?? 'a removed user'}</span>
      </td>
      <td className="amount last">
        {end ? (
          <Badge>{end}</Badge>
        ) : (
          <Button look="danger" aria-label={`Revoke ${apiKey.name}`} onClick={() => setRevoking(true)}>
            Revoke
          </Button>
        )}
        {revoking && (
          <ConfirmDialog
            title={`Revoke ${apiKey.name}?`}
            action="Revoke key"
            busy={fetching}
            error={error}
            onConfirm={confirm}
            onClose={() => setRevoking(false)}
          >
            What uses the key {apiKey.prefix}… is refused immediately, and its open connections end. This can’t be
            undone.
          </ConfirmDialog>
        )}
      </td>
    </tr>
  );
}
