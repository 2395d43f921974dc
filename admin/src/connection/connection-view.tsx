import { useLiveQuery } from '../api/use-live-query.js';
import { ConnectionDocument, type ConnectionFragment } from '../generated/operations.js';
import { NotificationsCard } from '../notifications/notifications-card.js';
import { Badge, type Tone } from '../ui/badge.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { AccountCard } from './account-card.js';
import { CredentialCard } from './credential-card.js';
import { missingIn } from './missing.js';
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

/** Of a connection that may be right: Amazon did not answer, or not as it should. */
const UNANSWERED = {
  tone: 'warn',
  description: 'The last test got no usable answer. Test the connection again.',
} as const;

function statusOf(connection: ConnectionFragment) {
  const { status, lastCheckOk } = connection;
  const missing = missingIn(connection);
  if (status === 'PENDING' && missing) return { ...STATUSES.PENDING, description: missing.text };
  const isUnanswered = lastCheckOk === false && (status === 'PENDING' || status === 'ACTIVE');
  return { ...STATUSES[status], ...(isUnanswered && UNANSWERED) };
}

export function ConnectionView() {
  const [{ data, error }, refetch] = useLiveQuery({ query: ConnectionDocument });
  const connection = data?.connection;
  const status = connection && statusOf(connection);
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
