import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { SaveCredentialDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Field } from '../ui/field.js';
import { handled, text } from '../ui/forms.js';
import { ProblemNotice } from '../ui/notice.js';

interface Props {
  /** Whether the application is known already: then its id and secret may be left as they are. */
  readonly hasClient: boolean;
  readonly note: string | null;
  readonly onSaved: () => void;
}

/** Takes the client id, the client secret and the refresh token, and says where each is found. They are kept nowhere here. */
export function CredentialForm({ hasClient, note, onSaved }: Props) {
  const [{ fetching, error }, save] = useMutation(SaveCredentialDocument);
  const [clientId, setClientId] = useState('');
  const problem = error && problemOf(error);
  const submit = async (form: FormData) => {
    const { data } = await save({
      input: {
        refreshToken: text(form, 'refreshToken'),
        lwaClientId: clientId.trim() || null,
        lwaClientSecret: text(form, 'clientSecret').trim() || null,
        note: text(form, 'note'),
      },
    });
    if (data) onSaved();
  };
  const kept = hasClient ? ' Leave it empty to keep the present one.' : '';
  // Which id is saved is told to nobody: any that is typed may be another one.
  const named = clientId.trim() !== '';
  return (
    <form className="stack" autoComplete="off" onSubmit={handled(submit)}>
      <Field
        label="Client id"
        name="clientId"
        autoComplete="off"
        spellCheck={false}
        required={!hasClient}
        value={clientId}
        onChange={(event) => setClientId(event.target.value)}
        placeholder="amzn1.application-oa2-client.…"
        hint={`In Seller Central: Apps & Services → Develop Apps → your app → LWA credentials → View.${kept}`}
      />
      <Field
        label="Client secret"
        name="clientSecret"
        type="password"
        autoComplete="off"
        required={!hasClient || named}
        hint={`Beside the client id. Secrets expire after 180 days: renew it there, and here, before that.${
          hasClient && named ? ' A client id is saved with its own secret: enter it too.' : kept
        }`}
      />
      <Field
        label="Refresh token"
        name="refreshToken"
        type="password"
        autoComplete="off"
        required
        placeholder="Atzr|…"
        hint="In Seller Central: Apps & Services → Develop Apps → your app → Authorize → Authorize app. It begins with Atzr| and is shown once. It belongs to one selling account in one region."
      />
      <Field
        label="Note"
        name="note"
        maxLength={500}
        defaultValue={note ?? ''}
        hint="For people: whose token it is, for example. It is shown."
      />
      {problem && <ProblemNotice code={problem.code} message={problem.message} />}
      <div>
        <Button type="submit" look="primary" busy={fetching}>
          Save the credential
        </Button>
      </div>
      <p className="small muted">Sealed with this server’s key before it is stored, and never shown again.</p>
    </form>
  );
}
