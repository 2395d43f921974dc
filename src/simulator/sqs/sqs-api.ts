import type { IncomingMessage } from 'node:http';
import { ErrorReply, type Reply, readBody } from '../api/http.js';
import type { QueueAction } from '../api/operations.js';
import { attributesOf, receivedJson, setAttributes } from './attributes.js';
import type { Queue } from './queue.js';
import { type Queues, queuePath } from './queues.js';
import {
  accessDenied,
  batchError,
  invalidParameter,
  missingParameter,
  notSigned,
  queueDoesNotExist,
  unknownKey,
} from './sqs-errors.js';

/** The access key of a user without any right, and one that AWS doesn't know. All others may do all. */
export const DENIED_ACCESS_KEY = 'AKIADENIED';
export const UNKNOWN_ACCESS_KEY = 'AKIAUNKNOWN';

/** The part of the simulated Amazon that the queues need. */
export interface QueueAccount {
  now: () => number;
  queues: Queues;
  /** Sends what is due by the clock, before queues are looked at. */
  notifications: { catchUp(): void };
}

interface Call {
  account: QueueAccount;
  queue: Queue;
  input: Input;
  /** Aborted when the client has gone. */
  signal: AbortSignal;
}

type Input = Readonly<Record<string, unknown>>;

/** AWS takes 1 MiB for a message, and for all those of a batch. */
const MAX_MESSAGE_BYTES = 1_048_576;
const MAX_REQUEST_BYTES = 2 * MAX_MESSAGE_BYTES;
const MAX_VISIBILITY_SECONDS = 43_200;
/** Real time between two looks at the clock while a long poll waits. */
const LOOK_AGAIN_MS = 25;

/** Answers a request of SQS's JSON protocol (`X-Amz-Target: AmazonSQS.ReceiveMessage`), as `@aws-sdk/client-sqs` sends it. */
export async function queueReply(
  account: QueueAccount,
  action: QueueAction,
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<Reply> {
  const input = parseInput(await readBody(request, MAX_REQUEST_BYTES));
  checkSignature(request.headers.authorization, action);
  account.notifications.catchUp();
  if (action === 'GetQueueUrl') return json(getQueueUrl(account, input, request.headers.host ?? 'localhost'));
  const queue = account.queues.byUrl(text(input, 'QueueUrl'));
  if (queue === undefined) throw queueDoesNotExist();
  return json(await ACTIONS[action]({ account, queue, input, signal }));
}

function json(body: unknown): Reply {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body };
}

const ACTIONS: Record<Exclude<QueueAction, 'GetQueueUrl'>, (call: Call) => object | Promise<object>> = {
  SendMessage: ({ queue, input }) => sendMessage(queue, input),
  SendMessageBatch: (call) => batch(call, (entry) => sendMessage(call.queue, entry)),
  ReceiveMessage: receiveMessage,
  DeleteMessage: ({ queue, input }) => deleteMessage(queue, input),
  DeleteMessageBatch: (call) => batch(call, (entry) => deleteMessage(call.queue, entry)),
  ChangeMessageVisibility: ({ queue, input }) => changeVisibility(queue, input),
  ChangeMessageVisibilityBatch: (call) => batch(call, (entry) => changeVisibility(call.queue, entry)),
  GetQueueAttributes: ({ queue, input }) => attributesOf(queue, input.AttributeNames),
  SetQueueAttributes: ({ account, queue, input }) => setAttributes(queue, account.queues, input.Attributes),
  PurgeQueue: ({ queue }) => {
    queue.purge();
    return {};
  },
};

function getQueueUrl({ queues }: QueueAccount, input: Input, host: string): object {
  const name = text(input, 'QueueName');
  if (queues.find(name) === undefined) throw queueDoesNotExist();
  return { QueueUrl: `http://${host}${queuePath(name)}` };
}

function sendMessage(queue: Queue, input: Input): object {
  const body = text(input, 'MessageBody');
  if (body === '') throw missingParameter('MessageBody');
  if (Buffer.byteLength(body) > MAX_MESSAGE_BYTES) {
    throw invalidParameter('One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.');
  }
  const { id, md5 } = queue.send(body, { delayMs: whole(input, 'DelaySeconds', 0, 900, 0) * 1000 });
  return { MessageId: id, MD5OfMessageBody: md5 };
}

/** A long poll ends with the first message, and at the latest after its time on the simulator's clock, or in real time. */
async function receiveMessage({ account, queue, input, signal }: Call): Promise<object> {
  const count = whole(input, 'MaxNumberOfMessages', 1, 10, 1);
  const waitMs = whole(input, 'WaitTimeSeconds', 0, 20, 0) * 1000;
  const visibility = whole(
    input,
    'VisibilityTimeout',
    0,
    MAX_VISIBILITY_SECONDS,
    queue.settings.visibilityTimeoutSeconds,
  );
  const until = account.now() + waitMs;
  const realUntil = performance.now() + waitMs;
  while (!signal.aborted) {
    const messages = queue.receive(count, visibility * 1000);
    if (messages.length > 0) return { Messages: messages.map((message) => receivedJson(message, input)) };
    if (account.now() >= until || performance.now() >= realUntil) break;
    await queue.arrival(LOOK_AGAIN_MS, signal);
    account.notifications.catchUp();
  }
  return {};
}

function deleteMessage(queue: Queue, input: Input): object {
  queue.delete(text(input, 'ReceiptHandle'));
  return {};
}

function changeVisibility(queue: Queue, input: Input): object {
  const seconds = whole(input, 'VisibilityTimeout', 0, MAX_VISIBILITY_SECONDS, undefined);
  queue.changeVisibility(text(input, 'ReceiptHandle'), seconds);
  return {};
}

/** Each entry for itself: those that fail are listed beside the others. */
function batch({ input }: Call, act: (entry: Input) => object): object {
  const entries = input.Entries;
  if (!Array.isArray(entries) || entries.length === 0) throw batchError('EmptyBatchRequest');
  if (entries.length > 10) throw batchError('TooManyEntriesInBatchRequest');
  const list = entries as Input[];
  if (new Set(list.map(({ Id }) => Id)).size < list.length) throw batchError('BatchEntryIdsNotDistinct');
  const successful: object[] = [];
  const failed: object[] = [];
  for (const entry of list) {
    try {
      successful.push({ Id: entry.Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      const { __type: type = '', message } = error.reply.body as { __type?: string; message: string };
      failed.push({ Id: entry.Id, SenderFault: true, Code: type.replace(/^.*#|Exception$/g, ''), Message: message });
    }
  }
  return { Successful: successful, ...(failed.length > 0 && { Failed: failed }) };
}

/** Requests are signed (AWS4-HMAC-SHA256); the signature itself is not verified. */
function checkSignature(authorization: string | undefined, action: string): void {
  const [, key] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(authorization ?? '') ?? [];
  if (key === undefined) throw notSigned();
  if (key === UNKNOWN_ACCESS_KEY) throw unknownKey();
  if (key === DENIED_ACCESS_KEY) throw accessDenied(action);
}

function parseInput(body: string): Input {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Input;
  } catch {
    // The same error as for JSON that is no object.
  }
  throw invalidParameter('The request is not a JSON object.');
}

function text(input: Input, name: string): string {
  const value = input[name];
  if (typeof value !== 'string') throw missingParameter(name);
  return value;
}

function whole(input: Input, name: string, min: number, max: number, fallback: number | undefined): number {
  const value = input[name] ?? fallback;
  if (value === undefined) throw missingParameter(name);
  if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
    const reason = `Must be between ${min} and ${max}, if provided.`;
    throw invalidParameter(`Value ${String(value)} for parameter ${name} is invalid. Reason: ${reason}`);
  }
  return value as number;
}
