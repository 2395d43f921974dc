import { useMutation } from '@urql/preact';
import { useEffect, useState } from 'preact/hooks';
import { useLiveQuery } from '../api/use-live-query.js';
import { useIsOwner } from '../api/use-session.js';
import {
  NotificationsDocument,
  type NotificationsFragment,
  RemoveNotificationsDocument,
  SendTestNotificationDocument,
} from '../generated/operations.js';
import { Badge, type Tone } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { Fact, Facts } from '../ui/facts.js';
import { Notice, RequestError } from '../ui/notice.js';
import { formatDuration, RelativeTime } from '../ui/time.js';
import { SetUpQueue } from './set-up-queue.js';

const REFRESH_MS = 5_000;

const STATUSES: Readonly<Record<NotificationsFragment['status'], { readonly name: string; readonly tone: Tone }>> = {
  OFF: { name: 'Off', tone: 'plain' },
  READING: { name: 'Receiving', tone: 'good' },
  FAILING: { name: 'Failing', tone: 'bad' },
  STOPPED: { name: 'Stopped', tone: 'warn' },
};

/** Amazon's notifications of changed orders: their state, and for owners their set-up. */
export function NotificationsCard() {
  const [{ data, error }, refetch] = useLiveQuery({ query: NotificationsDocument });
  const owner = useIsOwner();
  const [settingUp, setSettingUp] = useState(false);
  const [removing, setRemoving] = useState(false);
  const [tested, test] = useMutation(SendTestNotificationDocument);
  const [removed, remove] = useMutation(RemoveNotificationsDocument);
  useEffect(() => {
    const timer = setInterval(() => document.hidden || refetch(), REFRESH_MS);
    return () => clearInterval(timer);
  });
  const state = data?.notifications;
  const isSetUp = state !== undefined && (state.status !== 'OFF' || state.subscribedArn !== null);
  const confirmRemoval = async () => {
    const { data: done } = await remove({});
    if (!done) return;
    setRemoving(false);
    refetch();
  };
  return (
    <section className="card body stack" aria-labelledby="notifications-heading">
      <div className="row spread">
        <div className="row">
          <h2 id="notifications-heading">Notifications</h2>
          {state && <Badge tone={STATUSES[state.status].tone}>{STATUSES[state.status].name}</Badge>}
        </div>
        {owner && state && (
          <div className="row">
            {isSetUp && (
              <Button busy={tested.fetching} onClick={() => void test({}).then(refetch)}>
                Send test
              </Button>
            )}
            <Button onClick={() => setSettingUp(true)}>{isSetUp ? 'Set up again' : 'Set up'}</Button>
            {isSetUp && (
              <Button look="danger" aria-label="Remove notifications" onClick={() => setRemoving(true)}>
                Remove
              </Button>
            )}
          </div>
        )}
      </div>
      <RequestError error={error ?? tested.error} onRetry={refetch} />
      {state && !isSetUp && (
        <p className="text muted">
          Amazon can send a notification of each changed order to a queue of yours in AWS, so that changes arrive within
          seconds. Without one, scheduled runs find them.
        </p>
      )}
      {state?.error && (
        <Notice tone="bad" title="Notifications don’t arrive for now">
          {state.error}
        </Notice>
      )}
      {state?.warnings.map((warning) => (
        <Notice key={warning} tone="warn">
          <span className="anywhere">{warning}</span>
        </Notice>
      ))}
      <TestResult test={tested.data?.sendTestNotification} />
      {state && isSetUp && <State state={state} />}
      {settingUp && state && (
        <SetUpQueue
          state={state}
          onClose={() => {
            setSettingUp(false);
            refetch();
          }}
        />
      )}
      {removing && (
        <ConfirmDialog
          title="Remove notifications"
          action="Remove notifications"
          busy={removed.fetching}
          error={removed.error}
          onConfirm={() => void confirmRemoval()}
          onClose={() => setRemoving(false)}
        >
          Amazon stops sending to the queue. The queue and its messages stay, and scheduled runs find all changes.
        </ConfirmDialog>
      )}
    </section>
  );
}

function State({ state }: { readonly state: NotificationsFragment }) {
  const { subscribedArn, queueUrl, lastMessageAt, lagMs, lastOrderAt, waiting, queued, deadLetters } = state;
  const { unreadable, lastUnreadable, unresolved } = state;
  return (
    <Facts className="text">
      <Fact label="Amazon sends to">
        {subscribedArn ? <code className="unbroken">{subscribedArn}</code> : 'Not set up here'}
      </Fact>
      <Fact label="Queue that is read">{queueUrl ? <code className="unbroken">{queueUrl}</code> : 'None'}</Fact>
      <Fact label="Last message">{lastMessageAt ? <RelativeTime at={lastMessageAt} /> : 'None yet'}</Fact>
      <Fact label="Last order">
        {lastOrderAt ? (
          <>
            <RelativeTime at={lastOrderAt} />
            {lagMs !== null && `, ${lagMs < 1_000 ? 'within a second' : `${formatDuration(lagMs)} after its change`}`}
          </>
        ) : (
          'None yet'
        )}
      </Fact>
      <Fact label="Orders to read">{waiting.toLocaleString('en')}</Fact>
      <Fact label="Messages in the queue">{queued === null ? 'Unknown' : queued.toLocaleString('en')}</Fact>
      <Fact label="Dead letters">{deadLetters === null ? 'Unknown' : deadLetters.toLocaleString('en')}</Fact>
      {unreadable > 0 && (
        <Fact label="Unreadable messages">
          {unreadable.toLocaleString('en')}. {lastUnreadable}
        </Fact>
      )}
      {unresolved > 0 && <Fact label="Left to runs">{unresolved.toLocaleString('en')} orders</Fact>}
    </Facts>
  );
}

interface TestProps {
  readonly test:
    | { readonly ok: boolean; readonly receivedAfterMs: number | null; readonly error: string | null }
    | undefined;
}

function TestResult({ test }: TestProps) {
  if (!test) return null;
  if (!test.ok)
    return (
      <Notice tone="bad" title="The test failed">
        {test.error}
      </Notice>
    );
  const ms = test.receivedAfterMs ?? 0;
  const after = ms < 1_000 ? 'within a second' : `after ${formatDuration(ms)}`;
  return (
    <Notice tone={test.error ? 'warn' : 'good'} title={`The test notification was received ${after}`}>
      {test.error}
    </Notice>
  );
}
