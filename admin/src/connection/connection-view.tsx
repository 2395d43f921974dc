import { useLiveQuery } from '../api/use-live-query.js';
import { ConnectionDocument, type ConnectionFragment } from '../generated/operations.js';
import { NotificationsCard } from '../notifications/notifications-card.js';
import { Badge, type Tone } from '../ui/badge.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { AccountCard } from './account-card.js';
import { CredentialCard } from './credential-card.js';
import { NotConnected } from './not-connected.js';

const STATUSES: Readonly<Record<ConnectionFragment['status'], { name: string; tone: Tone; description: string }>> = {
  PENDING: {
    name: 'Pending',
    tone: 'warn',
    description: 'Not tested since the last change. Test the connection or start a run.',
  },
  ACTIVE: { name: 'Active', tone: 'good', description: 'Amazon accepts the credential.' },
  ERROR: {
    name: 'Error',
    tone: 'bad',
    description: 'Scheduled runs are paused until a connection test succeeds.',
  },
  DISCONNECTED: { name: 'Disabled', tone: 'plain', description: 'No run starts until you enable the connection.' },
};

export function ConnectionView() {
  const [{ data, error }, refetch] = useLiveQuery({ query: ConnectionDocument });
  const connection = data?.connection;
  const status = connection && STATUSES[connection.status];
  return (
    <Page
      title="Connection"
      lead={
        status ? (
          <span className="row">
            <Badge tone={status.tone}>{status.name}</Badge> {status.description}
          </span>
        ) : null
      }
    >
      <RequestError error={error} onRetry={refetch} />
      {connection === null && <NotConnected />}
      {connection && (
        <>
          <CredentialCard connection={connection} onChange={refetch} />
          <AccountCard connection={connection} onChange={refetch} />
          <NotificationsCard />
        </>
      )}
    </Page>
  );
}
