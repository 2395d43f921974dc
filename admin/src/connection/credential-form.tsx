import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { type ConnectionFragment, SaveCredentialDocument } from '../generated/operations.js';
import { Check, Field, Form } from '../ui/form.js';

interface Props {
  readonly connection: ConnectionFragment;
  readonly onSaved: () => void;
}

/** Saves a credential. If a client id and secret are known already, both may be left empty. */
export function CredentialForm({
  connection: { lwaClientSource, credentialNote, authorizationExpiresAt },
  onSaved,
}: Props) {
  const [{ fetching, error }, save] = useMutation(SaveCredentialDocument);
  const [clientId, setClientId] = useState('');
  const submit = async (value: (name: string) => string) => {
    const { data } = await save({
      input: {
        refreshToken: value('refreshToken'),
        lwaClientId: clientId.trim() || null,
        lwaClientSecret: value('clientSecret').trim() || null,
        note: value('note'),
        publicApplication: value('publicApplication') === 'on',
      },
    });
    if (data) onSaved();
  };
  const hasClient = lwaClientSource !== null;
  const keepHint = hasClient ? ' Leave empty to keep the current one.' : '';
  // The API doesn't return the saved client id, so any that is entered may be a new one.
  const newClientId = clientId.trim() !== '';
  return (
    <Form action="Save credential" busy={fetching} error={error} autoComplete="off" onSubmit={submit}>
      <Field
        label="Client ID"
        name="clientId"
        autoComplete="off"
        spellcheck={false}
        required={!hasClient}
        value={clientId}
        onInput={({ currentTarget }) => setClientId(currentTarget.value)}
        placeholder="amzn1.application-oa2-client.…"
        hint={`In Seller Central: Apps & Services → Develop Apps → your app → LWA credentials → View.${keepHint}`}
      />
      <Field
        label="Client secret"
        name="clientSecret"
        type="password"
        autoComplete="off"
        required={!hasClient || newClientId}
        hint={`Next to the client ID. Expires after 180 days; rotate it there, then save it here.${
          hasClient && newClientId ? ' A client ID needs its own secret.' : keepHint
        }`}
      />
      <Field
        label="Refresh token"
        name="refreshToken"
        type="password"
        autoComplete="off"
        required
        placeholder="Atzr|…"
        hint="In Seller Central: Apps & Services → Develop Apps → your app → Authorize → Authorize app. Starts with Atzr| and is shown once. Valid for one selling account in one region."
      />
      <Field
        label="Note"
        name="note"
        maxLength={500}
        defaultValue={credentialNote ?? ''}
        hint="Optional; shown to all users. For example, who authorised the app."
      />
      <Check name="publicApplication" defaultChecked={authorizationExpiresAt !== null}>
        The app is public: authorisations end after a year
      </Check>
      <p className="small muted">Encrypted with this server’s key before it is stored, and never shown again.</p>
    </Form>
  );
}
