import type * as Sqs from '@aws-sdk/client-sqs';
import { NotificationError } from '../core/errors.js';
import { quote } from '../spapi/http/failure.js';
import { MAX_MESSAGES, MAX_WAIT_SECONDS, type Queue, type QueueMessage, VISIBILITY_SECONDS } from './queue.js';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = (MAX_WAIT_SECONDS + 10) * 1_000;

/**
 * Opens a queue of Amazon SQS. AWS's client is loaded here, and nowhere else. It takes its credential, and where the address
 * has none the region, from AWS's own environment variables, files and instance roles.
 */
export async function openSqsQueue(url: string): Promise<Queue> {
  const sqs = await import('@aws-sdk/client-sqs');
  const region = regionOf(url);
  const client = new sqs.SQSClient({
    ...(region && { region }),
    ...(!isAws(url) && { endpoint: new URL(url).origin }),
    // The consumer has its own pauses, in which it reports what is wrong.
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  return queueOf(sqs, client, url);
}

function queueOf(sqs: typeof Sqs, client: Sqs.SQSClient, url: string): Queue {
  const attributesOf = async (QueueUrl: string): Promise<Partial<Record<string, string>>> => {
    const command = new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    return (await translated(() => client.send(command))).Attributes ?? {};
  };
  return {
    url,
    receive: async (signal) => {
      const command = new sqs.ReceiveMessageCommand({
        QueueUrl: url,
        MaxNumberOfMessages: MAX_MESSAGES,
        WaitTimeSeconds: MAX_WAIT_SECONDS,
        VisibilityTimeout: VISIBILITY_SECONDS,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      });
      const { Messages = [] } = await translated(() => client.send(command, { abortSignal: signal }), signal);
      return Messages.map(messageOf);
    },
    delete: async (messages) => {
      const Entries = messages.map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
      await translated(() => client.send(new sqs.DeleteMessageBatchCommand({ QueueUrl: url, Entries })));
    },
    extend: async (messages) => {
      const Entries = messages.map(({ receipt }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: VISIBILITY_SECONDS,
      }));
      await translated(() => client.send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries })));
    },
    attributes: async () => {
      const attributes = await attributesOf(url);
      return {
        arn: attributes.QueueArn ?? null,
        messages: numberIn(attributes.ApproximateNumberOfMessages),
        deadLetterArn: deadLetterArnIn(attributes.RedrivePolicy),
        policy: attributes.Policy ?? null,
      };
    },
    countDeadLetters: async (arn) => {
      const { ApproximateNumberOfMessages: count } = await attributesOf(siblingUrl(url, arn));
      return numberIn(count) ?? 0;
    },
    send: async (body) => {
      await translated(() => client.send(new sqs.SendMessageCommand({ QueueUrl: url, MessageBody: body })));
    },
    close: () => client.destroy(),
  };
}

/** Returns the region in an address of SQS; null lets AWS's client find it. Emulators take any. */
export function regionOf(url: string): string | null {
  if (!isAws(url)) return 'us-east-1';
  const { hostname } = new URL(url);
  const [, region] = /(?:^|\.)sqs\.([a-z\d-]+)\./.exec(hostname) ?? /^([a-z\d-]+)\.queue\./.exec(hostname) ?? [];
  return region ?? null;
}

function isAws(url: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/.test(new URL(url).hostname);
}

/** Returns the address of a queue of the same account and region, as a dead-letter queue must be. */
export function siblingUrl(url: string, arn: string): string {
  return url.replace(/[^/]*$/, arn.slice(arn.lastIndexOf(':') + 1));
}

function messageOf({ MessageId, Body, ReceiptHandle, Attributes }: Sqs.Message): QueueMessage {
  return {
    id: MessageId ?? '',
    body: Body ?? '',
    receipt: ReceiptHandle ?? '',
    sentAt: new Date(numberIn(Attributes?.SentTimestamp) ?? Date.now()),
    receives: numberIn(Attributes?.ApproximateReceiveCount) ?? 1,
  };
}

function numberIn(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function deadLetterArnIn(policy: string | undefined): string | null {
  if (policy === undefined) return null;
  try {
    const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: unknown };
    return typeof deadLetterTargetArn === 'string' ? deadLetterTargetArn : null;
  } catch {
    return null;
  }
}

/** @throws {NotificationError}; the signal's reason when aborted */
async function translated<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal?.throwIfAborted();
    throw queueError(error);
  }
}

const CREDENTIAL_ERRORS =
  /CredentialsProviderError|UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidSecurity|MissingAuthenticationToken|IncompleteSignature|TokenRefreshRequired/;

/** Returns the error of a request to SQS: what happened, and what to do next. */
export function queueError(error: unknown): NotificationError {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const said = `(${quote(message === name ? name : `${name}: ${message}`)})`;
  const made = (code: NotificationError['code'], text: string) => new NotificationError(code, text, { cause: error });
  if (CREDENTIAL_ERRORS.test(name))
    return made(
      'QUEUE_CREDENTIALS',
      `AWS does not accept the credential for the queue, or none was found ${said}. Give this process one in the ways that AWS's own tools take: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the role of the machine.`,
    );
  if (/Region is missing/i.test(message))
    return made('QUEUE_CREDENTIALS', `The queue's AWS region is not known ${said}. Set AWS_REGION.`);
  if (/^Kms/i.test(name))
    return made(
      'QUEUE_ENCRYPTION',
      `The queue is encrypted, and its key can't be used ${said}. Allow kms:Decrypt on the key to the identity of this process (docs/notifications.md).`,
    );
  if (/AccessDenied|NotAuthorized|AuthorizationError/.test(name))
    return made(
      'QUEUE_FORBIDDEN',
      `AWS refuses access to the queue ${said}. Allow sqs:ReceiveMessage, sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes on it to the identity of this process (docs/notifications.md has the policy).`,
    );
  if (/QueueDoesNotExist|NonExistentQueue|QueueDeletedRecently|InvalidAddress/.test(name))
    return made(
      'QUEUE_NOT_FOUND',
      `There is no such queue ${said}. Check NOTIFICATIONS_QUEUE_URL, account and region.`,
    );
  return made(
    'QUEUE_UNAVAILABLE',
    `The queue did not answer ${said}. Nothing is lost: messages stay in it. If it persists, check the network and NOTIFICATIONS_QUEUE_URL.`,
  );
}
