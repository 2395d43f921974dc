import { useEffect } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { problemOf } from '../api/problems.js';
import { useIsOwner } from '../api/use-session.js';
import { ConnectionDocument, type ConnectionFragment } from '../generated/operations.js';
import { useLiveRun } from '../sync/live-run.js';
import { Badge, type Tone } from '../ui/badge.js';
import { ProblemNotice } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { AccountCard } from './account-card.js';
import { CredentialCard } from './credential-card.js';

const STATUSES: Readonly<Record<ConnectionFragment['status'], { name: string; tone: Tone; words: string }>> = {
  PENDING: {
    name: 'Not proven yet',
    tone: 'warn',
    words: 'Not tested since it was last changed: test it, or start a run.',
  },
  ACTIVE: { name: 'Active', tone: 'good', words: 'Amazon accepts the credential.' },
  ERROR: {
    name: 'Needs you',
    tone: 'bad',
    words: 'Scheduled runs wait until a test succeeds; one is made every hour.',
  },
  DISCONNECTED: { name: 'Switched off', tone: 'plain', words: 'No run starts until it is switched on again.' },
};

/** The one connection to Amazon: how it is, and what can be done with it. */
export function ConnectionView() {
  const [{ data, error }, ask] = useQuery({ query: ConnectionDocument });
  const { run } = useLiveRun();
  const owner = useIsOwner();
  const refresh = () => ask({ requestPolicy: 'network-only' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run that starts or ends may change it
  useEffect(refresh, [run?.id, run?.status]);
  const connection = data?.connection;
  const status = connection && STATUSES[connection.status];
  return (
    <Page
      title="Connection"
      lead={
        status ? (
          <span className="row">
            <Badge tone={status.tone}>{status.name}</Badge> {status.words}
          </span>
        ) : null
      }
    >
      {error && <ProblemNotice message={problemOf(error).message} />}
      {connection === null && (
        <section className="card empty">
          <h2>No Amazon account is connected</h2>
          {owner ? (
            <Link className="button primary" href="/setup">
              Connect one
            </Link>
          ) : (
            <p>An owner connects one.</p>
          )}
        </section>
      )}
      {connection && (
        <>
          <CredentialCard connection={connection} onChange={refresh} />
          <AccountCard connection={connection} onChange={refresh} />
        </>
      )}
    </Page>
  );
}
