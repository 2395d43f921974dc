import type { Queue, ReceivedMessage } from './queue.js';
import type { Queues } from './queues.js';
import { invalidAttributeName, invalidParameter } from './sqs-errors.js';

/** A received message as SQS sends it, with the system attributes that were asked for. */
export function receivedJson(message: ReceivedMessage, input: Readonly<Record<string, unknown>>): object {
  const all: Record<string, string> = {
    SenderId: 'AIDASIMULATED',
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.deadLetterSource !== undefined && { DeadLetterQueueSourceArn: message.deadLetterSource }),
  };
  // `AttributeNames` is the older name of the same parameter.
  const asked = [input.MessageSystemAttributeNames, input.AttributeNames].flat();
  const attributes = Object.entries(all).filter(([name]) => asked.includes('All') || asked.includes(name));
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5,
    Body: message.body,
    ...(attributes.length > 0 && { Attributes: Object.fromEntries(attributes) }),
  };
}

/** GetQueueAttributes. */
export function attributesOf(queue: Queue, names: unknown): object {
  const { settings } = queue;
  const { deadLetters } = settings;
  const seconds = String(Math.floor(queue.createdAt / 1000));
  const all: Record<string, string | undefined> = {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(queue.visible),
    ApproximateNumberOfMessagesNotVisible: String(queue.inFlight),
    ApproximateNumberOfMessagesDelayed: String(queue.delayed),
    CreatedTimestamp: seconds,
    LastModifiedTimestamp: seconds,
    VisibilityTimeout: String(settings.visibilityTimeoutSeconds),
    MaximumMessageSize: '1048576',
    MessageRetentionPeriod: String(settings.retentionSeconds),
    DelaySeconds: '0',
    ReceiveMessageWaitTimeSeconds: '0',
    SqsManagedSseEnabled: 'true',
    Policy: settings.policy,
    RedrivePolicy:
      deadLetters &&
      JSON.stringify({
        deadLetterTargetArn: deadLetters.queue.arn,
        maxReceiveCount: deadLetters.maxReceiveCount,
      }),
  };
  const asked = Array.isArray(names) ? (names as string[]) : [];
  const unknown = asked.find((name) => name !== 'All' && !(name in all));
  if (unknown !== undefined) throw invalidAttributeName(unknown);
  const wanted = Object.entries(all).filter(
    ([name, value]) => value !== undefined && (asked.includes('All') || asked.includes(name)),
  );
  return wanted.length > 0 ? { Attributes: Object.fromEntries(wanted) } : {};
}

/** SetQueueAttributes, as far as an operator needs it: the policy, the dead letters and two times. */
export function setAttributes(queue: Queue, queues: Queues, attributes: unknown): object {
  for (const [name, value] of Object.entries((attributes ?? {}) as Record<string, string>)) {
    if (name === 'Policy') {
      queue.settings.policy = value === '' ? undefined : JSON.stringify(parsed(name, value));
    } else if (name === 'RedrivePolicy') {
      queue.settings.deadLetters = value === '' ? undefined : deadLettersOf(queues, value);
    } else if (name === 'VisibilityTimeout') {
      queue.settings.visibilityTimeoutSeconds = Number(value);
    } else if (name === 'MessageRetentionPeriod') {
      queue.settings.retentionSeconds = Number(value);
    } else {
      throw invalidAttributeName(name);
    }
  }
  return {};
}

function deadLettersOf(queues: Queues, value: string) {
  const { deadLetterTargetArn, maxReceiveCount } = parsed('RedrivePolicy', value);
  const queue = queues.byArn(String(deadLetterTargetArn));
  if (queue === undefined) {
    const reason = 'Dead letter target does not exist.';
    throw invalidParameter(`Value ${value} for parameter RedrivePolicy is invalid. Reason: ${reason}`);
  }
  return { queue, maxReceiveCount: Number(maxReceiveCount) };
}

function parsed(name: string, value: string): Record<string, unknown> {
  try {
    return JSON.parse(value) as Record<string, unknown>;
  } catch {
    throw invalidParameter(`Invalid value for the parameter ${name}.`);
  }
}
