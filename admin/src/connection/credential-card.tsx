import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { useIsOwner } from '../api/use-session.js';
import { type ConnectionFragment, PingDocument, RemoveCredentialDocument } from '../generated/operations.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog, Dialog } from '../ui/dialog.js';
import { Fact, Facts } from '../ui/facts.js';
import { Marketplace } from '../ui/marketplace.js';
import { Notice, RequestError } from '../ui/notice.js';
import { formatCount } from '../ui/numbers.js';
import { RelativeTime, Time } from '../ui/time.js';
import { CredentialForm } from './credential-form.js';
import { FailedTest } from './failed-test.js';
import { RotateSecretForm } from './rotate-secret-form.js';

interface Props {
  readonly connection: ConnectionFragment;
  readonly onChange: () => void;
}

/** The credential's state and last test. */
export function CredentialCard({ connection, onChange }: Props) {
  const { hasRefreshToken, credentialReadable, credentialSavedAt, credentialNote } = connection;
  const { clientSecretExpiresAt, authorizationExpiresAt } = connection;
  const { lastCheckAt, lastCheckOk } = connection;
  const owner = useIsOwner();
  const [dialog, setDialog] = useState<'replace' | 'rotate' | 'remove' | null>(null);
  const [tested, test] = useMutation(PingDocument);
  const [removal, remove] = useMutation(RemoveCredentialDocument);
  const done = () => {
    setDialog(null);
    onChange();
  };
  const confirmRemoval = async () => {
    const { data } = await remove({});
    if (data) done();
  };
  return (
    <section className="card body stack" aria-labelledby="credential-heading">
      <div className="row spread">
        <div className="row">
          <h2 id="credential-heading">Credential</h2>
          <CredentialBadge connection={connection} />
        </div>
        {owner && (
          <div className="row">
            {hasRefreshToken && (
              <Button busy={tested.fetching} onClick={() => void test({}).then(onChange)}>
                Test connection
              </Button>
            )}
            {clientSecretExpiresAt && <Button onClick={() => setDialog('rotate')}>Rotate secret</Button>}
            <Button onClick={() => setDialog('replace')}>{hasRefreshToken ? 'Replace' : 'Add credential'}</Button>
            {hasRefreshToken && (
              <Button look="danger" onClick={() => setDialog('remove')}>
                Remove
              </Button>
            )}
          </div>
        )}
      </div>
      <Facts className="text">
        <Fact label="Saved">{credentialSavedAt ? <RelativeTime at={credentialSavedAt} /> : 'Never'}</Fact>
        <Fact label="Last tested">{lastCheckAt ? <RelativeTime at={lastCheckAt} /> : 'Never'}</Fact>
        <Fact label="Client ID and secret">{clientSource(connection)}</Fact>
        {clientSecretExpiresAt && (
          <Fact label="Client secret">
            <Countdown until={clientSecretExpiresAt} />
          </Fact>
        )}
        {authorizationExpiresAt && (
          <Fact label="Authorisation">
            <Countdown until={authorizationExpiresAt} />
          </Fact>
        )}
        {credentialNote && <Fact label="Note">{credentialNote}</Fact>}
      </Facts>
      <ExpiryNotices connection={connection} />
      {credentialReadable === false && (
        <Notice tone="bad" title="The credential can’t be decrypted">
          The key that encrypted it is missing. Restore that key (ENCRYPTION_KEY or keys.json) and restart the server,
          or replace the credential.
        </Notice>
      )}
      {lastCheckOk && tested.data?.pingSpApi.ok && (
        <Notice tone="good" title="Amazon accepted the credential">
          <ul className="row">
            {tested.data.pingSpApi.marketplaces.map((marketplace) => (
              <li key={marketplace.id}>
                <Marketplace of={marketplace} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <RequestError error={tested.error} />
      {credentialReadable && <FailedTest connection={connection} />}
      {dialog === 'replace' && (
        <Dialog title={hasRefreshToken ? 'Replace credential' : 'Add credential'} onClose={() => setDialog(null)}>
          <CredentialForm connection={connection} onSaved={done} />
        </Dialog>
      )}
      {dialog === 'rotate' && (
        <Dialog title="Rotate client secret" onClose={() => setDialog(null)}>
          <RotateSecretForm onSaved={done} />
        </Dialog>
      )}
      {dialog === 'remove' && (
        <ConfirmDialog
          title="Remove credential?"
          action="Remove credential"
          busy={removal.fetching}
          error={removal.error}
          onConfirm={confirmRemoval}
          onClose={() => setDialog(null)}
        >
          It is deleted from the database, and no run can start until you add another. Mirrored orders are kept. To
          revoke the app’s access at Amazon too, disable its authorisation in Seller Central.
        </ConfirmDialog>
      )}
    </section>
  );
}

function CredentialBadge({ connection }: Pick<Props, 'connection'>) {
  if (!connection.hasRefreshToken) return <Badge tone="warn">Missing</Badge>;
  if (connection.credentialReadable === false) return <Badge tone="bad">Not decryptable</Badge>;
  if (connection.lastCheckOk === false) return <Badge tone="bad">Test failed</Badge>;
  return connection.lastCheckOk ? <Badge tone="good">Valid</Badge> : <Badge>Not tested</Badge>;
}

function clientSource({ hasRefreshToken, lwaClientSource }: ConnectionFragment): string {
  if (lwaClientSource === 'CREDENTIAL') return 'Saved here, encrypted';
  if (lwaClientSource === 'ENVIRONMENT') return 'From the environment (LWA_CLIENT_ID, LWA_CLIENT_SECRET)';
  return hasRefreshToken ? 'Missing' : '—';
}

const DAY_MS = 86_400_000;
const WARN_DAYS = 30;

/** How long a credential stays valid: "172 days, until 20 May 2027". */
function Countdown({ until }: { readonly until: string }) {
  const days = daysUntil(until);
  const left = days <= 0 ? 'Expired' : days === 1 ? '1 day left' : `${formatCount(days)} days left`;
  return (
    <>
      {left}, {days <= 0 ? 'on' : 'until'} <Time at={until} />
    </>
  );
}

/** Rounded up: 0 or less once it is over. */
const daysUntil = (at: string): number => Math.ceil((Date.parse(at) - Date.now()) / DAY_MS);

/** Warns before and after the client secret or the authorisation expires. */
function ExpiryNotices({ connection: { clientSecretExpiresAt, authorizationExpiresAt } }: Pick<Props, 'connection'>) {
  const isDue = (at: string | null) => at !== null && daysUntil(at) < WARN_DAYS;
  const title = (what: string, at: string) => (daysUntil(at) <= 0 ? `${what} has expired` : `${what} expires soon`);
  return (
    <>
      {clientSecretExpiresAt && isDue(clientSecretExpiresAt) && (
        <Notice tone="warn" title={title('The client secret', clientSecretExpiresAt)}>
          Rotate it in Seller Central (Apps &amp; Services → Develop Apps → View), then choose Rotate secret here. The
          refresh token stays valid.
        </Notice>
      )}
      {authorizationExpiresAt && isDue(authorizationExpiresAt) && (
        <Notice tone="warn" title={title('The authorisation', authorizationExpiresAt)}>
          The seller has to authorise the app again in Seller Central, which shows a new refresh token. Save it with
          Replace.
        </Notice>
      )}
    </>
  );
}
