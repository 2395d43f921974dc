import { useState } from 'react';
import { useMutation } from 'urql';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import { type ConnectionFragment, PingDocument, RemoveCredentialDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Marketplace } from '../ui/marketplace.js';
import { Notice, ProblemNotice } from '../ui/notice.js';
import { Ago } from '../ui/time.js';
import { CredentialForm } from './credential-form.js';

/** How the credential is, what the last check said, and what can be done with it. */
export function CredentialCard({
  connection,
  onChange,
}: {
  readonly connection: ConnectionFragment;
  readonly onChange: () => void;
}) {
  const owner = useIsOwner();
  const [asked, setAsked] = useState<'replace' | 'remove' | null>(null);
  const [{ data, error, fetching }, ping] = useMutation(PingDocument);
  const answer = data?.pingSpApi;
  const close = () => setAsked(null);
  const test = async () => {
    await ping({});
    onChange();
  };
  return (
    <section className="card body stack" aria-labelledby="credential-heading">
      <div className="row apart">
        <div className="row">
          <h2 id="credential-heading">Credential</h2>
          <Health connection={connection} />
        </div>
        {owner && (
          <div className="row">
            {connection.hasRefreshToken && (
              <Button busy={fetching} onClick={() => void test()}>
                Test the connection
              </Button>
            )}
            <Button onClick={() => setAsked('replace')}>
              {connection.hasRefreshToken ? 'Replace' : 'Save a credential'}
            </Button>
            {connection.hasRefreshToken && (
              <Button look="danger" onClick={() => setAsked('remove')}>
                Remove
              </Button>
            )}
          </div>
        )}
      </div>
      <dl className="facts words">
        <div>
          <dt>Saved</dt>
          <dd>{connection.credentialSavedAt ? <Ago at={connection.credentialSavedAt} /> : 'Not yet'}</dd>
        </div>
        <div>
          <dt>Last check</dt>
          <dd>{connection.lastCheckAt ? <Ago at={connection.lastCheckAt} /> : 'Not yet'}</dd>
        </div>
        <div>
          <dt>Client id and secret</dt>
          <dd>{clientWords(connection)}</dd>
        </div>
        {connection.credentialNote && (
          <div>
            <dt>Note</dt>
            <dd>{connection.credentialNote}</dd>
          </div>
        )}
      </dl>
      <AgeNotice connection={connection} />
      {connection.credentialReadable === false && <ProblemNotice code="DECRYPTION_FAILED" message={null} />}
      {answer?.ok && (
        <Notice tone="good" title="Amazon accepts the credential">
          <ul className="row">
            {answer.marketplaces.map((marketplace) => (
              <li key={marketplace.id}>
                <Marketplace of={marketplace} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
      {error && <ProblemNotice code={problemOf(error).code} message={problemOf(error).message} />}
      {connection.lastCheckOk === false && connection.credentialReadable && (
        <ProblemNotice code={connection.lastCheckErrorCode} message={connection.lastCheckError} />
      )}
      {asked === 'replace' && (
        <Dialog title={connection.hasRefreshToken ? 'Replace the credential' : 'Save a credential'} onClose={close}>
          <CredentialForm
            hasClient={connection.lwaClientSource !== null}
            note={connection.credentialNote}
            onSaved={() => {
              close();
              onChange();
            }}
          />
        </Dialog>
      )}
      {asked === 'remove' && <RemoveDialog onClose={close} onRemoved={onChange} />}
    </section>
  );
}

function Health({ connection }: { readonly connection: ConnectionFragment }) {
  if (!connection.hasRefreshToken) return <Badge tone="warn">None</Badge>;
  if (connection.credentialReadable === false) return <Badge tone="bad">Can’t be read</Badge>;
  if (connection.lastCheckOk === false) return <Badge tone="bad">Refused</Badge>;
  return connection.lastCheckOk ? <Badge tone="good">Good</Badge> : <Badge>Not tested yet</Badge>;
}

const DAY_MS = 86_400_000;
/** Amazon's client secrets live 180 days from when they were made (docs); when that was, it doesn't tell. */
const SECRET_LIFE_DAYS = 180;
const WARN_DAYS = 30;

/** That the client secret is about to expire, or has, counted from when it was saved here at the latest. */
function AgeNotice({
  connection: { credentialSavedAt, lwaClientSource },
}: {
  readonly connection: ConnectionFragment;
}) {
  if (!credentialSavedAt || lwaClientSource !== 'CREDENTIAL') return null;
  const age = Math.floor((Date.now() - Date.parse(credentialSavedAt)) / DAY_MS);
  if (age < SECRET_LIFE_DAYS - WARN_DAYS) return null;
  return (
    <Notice
      tone="warn"
      title={age < SECRET_LIFE_DAYS ? 'The client secret expires soon' : 'The client secret has reached its age limit'}
    >
      It was saved {age} days ago, and Amazon’s client secrets live {SECRET_LIFE_DAYS} days. Rotate it in Seller Central
      (Apps & Services → Develop Apps → View), then replace the credential here. The refresh token stays valid.
    </Notice>
  );
}

function clientWords({ hasRefreshToken, lwaClientSource }: ConnectionFragment): string {
  if (lwaClientSource === 'CREDENTIAL') return 'Saved here, sealed';
  if (lwaClientSource === 'ENVIRONMENT') return 'From the environment (LWA_CLIENT_ID, LWA_CLIENT_SECRET)';
  return hasRefreshToken ? 'Missing' : '—';
}

function RemoveDialog({ onClose, onRemoved }: { readonly onClose: () => void; readonly onRemoved: () => void }) {
  const [{ error, fetching }, remove] = useMutation(RemoveCredentialDocument);
  const problem = error && problemOf(error);
  const press = async () => {
    const { data } = await remove({});
    if (!data) return;
    onClose();
    onRemoved();
  };
  return (
    <Dialog title="Remove the credential?" onClose={onClose}>
      <p>
        It is deleted from the database, and no run starts until another one is saved. The mirrored orders stay. To end
        the app’s access at Amazon too, disable its authorisation in Seller Central.
      </p>
      {problem && <ProblemNotice code={problem.code} message={problem.message} />}
      <div className="row">
        <Button look="danger" busy={fetching} onClick={() => void press()}>
          Remove the credential
        </Button>
        <Button onClick={onClose}>Keep it</Button>
      </div>
    </Dialog>
  );
}
