import { useMutation } from '@urql/preact';
import { RotateClientSecretDocument } from '../generated/operations.js';
import { Field, Form } from '../ui/form.js';

/** Replaces the client secret alone, after it was rotated in Seller Central. */
export function RotateSecretForm({ onSaved }: { readonly onSaved: () => void }) {
  const [{ fetching, error }, rotate] = useMutation(RotateClientSecretDocument);
  const submit = async (value: (name: string) => string) => {
    const day = value('expires');
    const { data } = await rotate({
      lwaClientSecret: value('clientSecret').trim(),
      expiresAt: day ? `${day}T00:00:00Z` : null,
    });
    if (data) onSaved();
  };
  return (
    <Form action="Save secret" busy={fetching} error={error} autoComplete="off" onSubmit={submit}>
      <Field
        label="New client secret"
        name="clientSecret"
        type="password"
        autoComplete="off"
        required
        hint="In Seller Central: Apps & Services → Develop Apps → your app → LWA credentials → View → Rotate secret."
      />
      <Field
        label="Expires on"
        name="expires"
        type="date"
        hint="Optional: the date that Seller Central shows. Without it, 180 days from now."
      />
      <p className="small muted">Client ID and refresh token stay. The secret is encrypted, and never shown again.</p>
    </Form>
  );
}
