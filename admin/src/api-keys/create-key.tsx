import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { CreateApiKeyDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Check, Field, Form } from '../ui/form.js';
import { Notice } from '../ui/notice.js';

const DAY_MS = 86_400_000;
const LIFETIMES = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
  ['', 'It doesn’t expire'],
] as const;

/** Asks for name, role and expiry, then shows the new key once. */
export function CreateKey({ onClose, onCreated }: { readonly onClose: () => void; readonly onCreated: () => void }) {
  const [{ fetching, error }, createApiKey] = useMutation(CreateApiKeyDocument);
  const [created, setCreated] = useState<{ readonly name: string; readonly secret: string } | null>(null);
  const submit = async (value: (name: string) => string) => {
    const days = Number(value('days'));
    const { data } = await createApiKey({
      name: value('name'),
      role: value('role') === 'OWNER' ? 'OWNER' : 'VIEWER',
      expiresAt: days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null,
    });
    if (!data) return;
    setCreated({ name: data.createApiKey.apiKey.name, secret: data.createApiKey.secret });
    onCreated();
  };
  if (created) {
    return (
      <Dialog title={created.name} onClose={onClose}>
        <Notice tone="good" title="Copy the key now">
          It isn’t stored and can’t be shown again.
        </Notice>
        <p className="row nowrap">
          <code className="unbroken">{created.secret}</code>
          <CopyButton text={created.secret} name="key" />
        </p>
        <p className="small muted">Send it in the header: Authorization: Bearer om_…</p>
        <div className="submit">
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Create key" onClose={onClose}>
      <Form action="Create key" busy={fetching} error={error} autoComplete="off" onSubmit={submit}>
        <Field
          label="Name"
          name="name"
          autoComplete="off"
          maxLength={100}
          required
          hint="What uses the key, such as “Warehouse export”."
        />
        <fieldset className="stack tight">
          <legend>Role</legend>
          <Check kind="radio" name="role" value="VIEWER" defaultChecked>
            Viewer: reads the connection, orders, sales and runs
          </Check>
          <Check kind="radio" name="role" value="OWNER">
            Owner: also starts runs and changes the connection, but neither users, keys, webhooks nor the credential
          </Check>
        </fieldset>
        <fieldset className="stack tight">
          <legend>Expires after</legend>
          {LIFETIMES.map(([days, name]) => (
            <Check key={days} kind="radio" name="days" value={days} defaultChecked={days === '365'}>
              {name}
            </Check>
          ))}
        </fieldset>
      </Form>
    </Dialog>
  );
}
