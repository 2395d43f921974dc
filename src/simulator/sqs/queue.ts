import { createHash, randomUUID } from 'node:crypto';
import { invalidParameter, messageNotInFlight, overLimit, receiptHandleInvalid } from './sqs-errors.js';

/** A queue's settings, where they differ from the defaults. */
export interface QueueSettings {
  /** How long a received message is hidden from others (default 30). */
  visibilityTimeoutSeconds: number;
  /** After this time a message is deleted (default 4 days, as with AWS). */
  retentionSeconds: number;
  /** A message that was received `maxReceiveCount` times moves to this queue in place of a further receipt. */
  deadLetters: { queue: Queue; maxReceiveCount: number } | undefined;
  /** Messages that may be received and not yet deleted (default 120,000). */
  maxInFlight: number;
  /** The access policy, as JSON (default: Amazon may send). */
  policy: string | undefined;
}

/** A message as it is received. */
export interface ReceivedMessage {
  id: string;
  body: string;
  receiptHandle: string;
  md5: string;
  /** Milliseconds. */
  sentAt: number;
  firstReceivedAt: number;
  receiveCount: number;
  /** The ARN of the queue that moved it here. */
  deadLetterSource: string | undefined;
}

interface Message {
  id: string;
  body: string;
  sentAt: number;
  /** Milliseconds: hidden until then. */
  availableAt: number;
  firstReceivedAt: number | undefined;
  receiveCount: number;
  source: string | undefined;
}

export const ACCOUNT_ID = '000000000000';
export const AWS_REGION = 'us-east-1';
/** The account from which Amazon sends notifications (docs). */
export const AMAZON_PRINCIPAL = '437568002678';

const MAX_VISIBILITY_MS = 12 * 3_600_000;

/** A standard queue: at least once, in no promised order (here: as sent), on the simulator's clock. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  /** Milliseconds on the simulator's clock. */
  readonly createdAt: number;
  readonly #now: () => number;
  readonly #messages = new Map<string, Message>();
  readonly #waiting = new Set<() => void>();
  settings: QueueSettings;

  constructor(name: string, now: () => number, settings: Partial<QueueSettings> = {}) {
    this.name = name;
    this.arn = `arn:aws:sqs:${AWS_REGION}:${ACCOUNT_ID}:${name}`;
    this.createdAt = now();
    this.#now = now;
    this.settings = {
      visibilityTimeoutSeconds: 30,
      retentionSeconds: 345_600,
      deadLetters: undefined,
      maxInFlight: 120_000,
      policy: amazonMaySend(this.arn),
      ...settings,
    };
  }

  /** Adds a message, and wakes those who wait for one. `at`: when it was sent, in milliseconds (default: now). */
  send(
    body: string,
    { at = this.#now(), delayMs = 0, source }: { at?: number; delayMs?: number; source?: string } = {},
  ): { id: string; md5: string } {
    const message: Message = {
      id: randomUUID(),
      body,
      sentAt: at,
      availableAt: at + delayMs,
      firstReceivedAt: undefined,
      receiveCount: 0,
      source,
    };
    this.#messages.set(message.id, message);
    this.wake();
    return { id: message.id, md5: md5(body) };
  }

  /** Receives up to `count` messages and hides them. */
  receive(count: number, visibilityMs = this.settings.visibilityTimeoutSeconds * 1000): ReceivedMessage[] {
    this.#dropExpired();
    const now = this.#now();
    if (this.#messages.size > this.settings.maxInFlight && this.inFlight >= this.settings.maxInFlight) {
      throw overLimit(this.name);
    }
    const received: ReceivedMessage[] = [];
    for (const message of this.#messages.values()) {
      if (received.length === count) break;
      if (message.availableAt > now || this.#moveToDeadLetters(message)) continue;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.availableAt = now + visibilityMs;
      received.push({
        id: message.id,
        body: message.body,
        receiptHandle: handleOf(this.name, message),
        md5: md5(message.body),
        sentAt: message.sentAt,
        firstReceivedAt: message.firstReceivedAt,
        receiveCount: message.receiveCount,
        deadLetterSource: message.source,
      });
    }
    return received;
  }

  /** Deletes a message. With a handle of an earlier receipt nothing happens, and no error is reported (docs). */
  delete(receiptHandle: string): void {
    const { id, receiveCount } = this.#opened(receiptHandle);
    if (this.#messages.get(id)?.receiveCount === receiveCount) this.#messages.delete(id);
  }

  /** Hides a received message for this time from now on; 0 shows it again. */
  changeVisibility(receiptHandle: string, seconds: number): void {
    const { id, receiveCount } = this.#opened(receiptHandle);
    const message = this.#messages.get(id);
    const now = this.#now();
    if (message === undefined || message.receiveCount !== receiveCount) {
      const reason = 'Message does not exist or is not available for visibility timeout change.';
      throw invalidParameter(`Value ${receiptHandle} for parameter ReceiptHandle is invalid. Reason: ${reason}`);
    }
    if (message.availableAt <= now) throw messageNotInFlight();
    const until = now + seconds * 1000;
    if (until - (message.firstReceivedAt ?? now) > MAX_VISIBILITY_MS) {
      throw invalidParameter(
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].`,
      );
    }
    message.availableAt = until;
    if (seconds === 0) this.wake();
  }

  /** Resolves when a message arrives, at the signal's abort, or after `ms` milliseconds of real time. */
  arrival(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#waiting.add(end);
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
  }

  /** How many requests wait for a message. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets those who wait for a message look again. */
  wake(): void {
    for (const end of [...this.#waiting]) end();
  }

  /** Messages that can be received now. */
  get visible(): number {
    return this.#count(({ availableAt }, now) => availableAt <= now);
  }

  /** Messages that were received and not deleted, whose time has not passed. */
  get inFlight(): number {
    return this.#count(({ availableAt, receiveCount }, now) => availableAt > now && receiveCount > 0);
  }

  /** Messages that were sent with a delay that has not passed. */
  get delayed(): number {
    return this.#count(({ availableAt, receiveCount }, now) => availableAt > now && receiveCount === 0);
  }

  /** The bodies of all messages, hidden ones too. */
  get bodies(): string[] {
    this.#dropExpired();
    return [...this.#messages.values()].map(({ body }) => body);
  }

  /** Deletes all messages. */
  purge(): void {
    this.#messages.clear();
  }

  /** Whether the access policy lets Amazon send. */
  get admitsAmazon(): boolean {
    return allowsAmazon(this.settings.policy);
  }

  #count(matches: (message: Message, now: number) => boolean): number {
    this.#dropExpired();
    const now = this.#now();
    let count = 0;
    for (const message of this.#messages.values()) if (matches(message, now)) count += 1;
    return count;
  }

  #moveToDeadLetters(message: Message): boolean {
    const { deadLetters } = this.settings;
    if (deadLetters === undefined || message.receiveCount < deadLetters.maxReceiveCount) return false;
    this.#messages.delete(message.id);
    deadLetters.queue.send(message.body, { source: this.arn });
    return true;
  }

  #dropExpired(): void {
    const oldest = this.#now() - this.settings.retentionSeconds * 1000;
    for (const { id, sentAt } of this.#messages.values()) {
      if (sentAt > oldest) return;
      this.#messages.delete(id);
    }
  }

  #opened(receiptHandle: string): { id: string; receiveCount: number } {
    const [queue, id = '', count = ''] = Buffer.from(receiptHandle, 'base64url').toString().split(' ');
    if (queue !== this.name || id === '' || !/^\d+$/.test(count)) throw receiptHandleInvalid();
    return { id, receiveCount: Number(count) };
  }
}

function handleOf(queue: string, { id, receiveCount }: Message): string {
  return Buffer.from(`${queue} ${id} ${receiveCount}`).toString('base64url');
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** The policy that Amazon's guide gives (docs). */
export function amazonMaySend(arn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Amazon',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${AMAZON_PRINCIPAL}:root` },
        Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
        Resource: arn,
      },
    ],
  });
}

interface Statement {
  Effect?: string;
  Principal?: unknown;
  Action?: unknown;
}

/** Reads as much of a policy as Amazon's guide asks for: a principal and two actions. */
function allowsAmazon(policy: string | undefined): boolean {
  if (policy === undefined) return false;
  const { Statement: statements = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  const granted = [statements]
    .flat()
    .filter(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal ?? '').match(/437568002678|"\*"/))
    .flatMap(({ Action }) => [Action].flat().map((action) => String(action).toLowerCase()));
  return ['sqs:sendmessage', 'sqs:getqueueattributes'].every((action) =>
    granted.some((each) => each === action || each === 'sqs:*' || each === '*'),
  );
}
