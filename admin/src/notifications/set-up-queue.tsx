import { useMutation, useQuery } from '@urql/preact';
import { useState } from 'preact/hooks';
import { toApiError } from '../api/error.js';
import {
  type NotificationsFragment,
  QueuePoliciesDocument,
  SetUpNotificationsDocument,
} from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Check, Field } from '../ui/form.js';
import { Notice, RequestError } from '../ui/notice.js';
import { queueUrlOf } from './queue-arn.js';

interface Props {
  readonly state: NotificationsFragment;
  readonly onClose: () => void;
}

/** The steps from a new queue to the subscription, with the policies for the queue's ARN. */
export function SetUpQueue({ state, onClose }: Props) {
  const [arn, setArn] = useState(state.subscribedArn ?? state.queueArn ?? '');
  const [replace, setReplace] = useState(false);
  const url = queueUrlOf(arn);
  const [{ data }] = useQuery({
    query: QueuePoliciesDocument,
    variables: { queueArn: arn.trim() },
    pause: url === null,
  });
  const policies = url === null ? undefined : data?.queuePolicies;
  const [{ fetching, error, data: done }, setUp] = useMutation(SetUpNotificationsDocument);
  const isElsewhere = error !== undefined && toApiError(error).code === 'SUBSCRIBED_ELSEWHERE';
  const submit = async () => {
    const { data: state } = await setUp({ queueArn: arn.trim(), replace });
    if (state && state.setUpNotifications.status !== 'OFF') onClose();
  };
  return (
    <Dialog title="Set up notifications" wide onClose={onClose}>
      <ol className="stack">
        <li className="stack tight">
          <p>
            <strong>1.</strong> Create two standard queues of Amazon SQS: <code>ordermirror</code>, and for messages
            that can’t be read its dead-letter queue <code>ordermirror-dead-letters</code>.
          </p>
          <Field
            label="ARN of the queue ordermirror"
            name="arn"
            value={arn}
            autoComplete="off"
            spellcheck={false}
            placeholder="arn:aws:sqs:eu-west-1:123456789012:ordermirror"
            problem={arn.trim() !== '' && url === null ? 'This is no ARN of a standard queue.' : null}
            onInput={({ currentTarget }) => setArn(currentTarget.value)}
          />
        </li>
        <li className="stack tight">
          <p>
            <strong>2.</strong> Replace the queue’s access policy by this one, so that Amazon may send to it.
          </p>
          <Policy name="queue policy" text={policies?.queue} />
        </li>
        <li className="stack tight">
          <p>
            <strong>3.</strong> Give this policy to the AWS user or role of this server, so that it may read the queue.
          </p>
          <Policy name="reader policy" text={policies?.reader} />
        </li>
        <li className="stack tight">
          <p>
            <strong>4.</strong> Start the server with this variable, and with the credential of that user (
            <code>AWS_ACCESS_KEY_ID</code>, <code>AWS_SECRET_ACCESS_KEY</code>).
          </p>
          <Policy name="variable" text={url === null ? undefined : `NOTIFICATIONS_QUEUE_URL=${url}`} />
        </li>
        <li className="stack tight">
          <p>
            <strong>5.</strong> Have Amazon send to the queue. Then send a test.
          </p>
          {isElsewhere && (
            <Check checked={replace} onChange={({ currentTarget }) => setReplace(currentTarget.checked)}>
              End the subscription that sends to another queue
            </Check>
          )}
        </li>
      </ol>
      <RequestError error={error} />
      {done && (
        <Notice tone="good" title="Amazon sends to the queue">
          {done.setUpNotifications.status === 'OFF' && 'Restart the server with the variable of step 4.'}
        </Notice>
      )}
      <div className="submit">
        <Button look="primary" busy={fetching} aria-disabled={url === null} onClick={() => url && void submit()}>
          Set up
        </Button>
      </div>
    </Dialog>
  );
}

function Policy({ name, text }: { readonly name: string; readonly text: string | undefined }) {
  if (text === undefined) return <p className="muted small">Enter the ARN to see it.</p>;
  return (
    <div className="stack tight">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre className="report" tabIndex={0}>
        {text}
      </pre>
      <div>
        <CopyButton text={text} name={name} visible />
      </div>
    </div>
  );
}
