/** A message that was received, invisible to other readers of the queue until its visibility ends. */
export interface QueueMessage {
  readonly id: string;
  readonly body: string;
  /** When it was sent, by the queue's clock. */
  readonly sentAt: Date;
  /** How often it was received, this time included. */
  readonly receives: number;
  /** Identifies this receipt. */
  readonly receipt: string;
}

export interface QueueAttributes {
  readonly arn: string | null;
  /** Messages that wait, roughly; without those that are being worked on. */
  readonly messages: number | null;
  /** The queue that gets messages which were received too often; null if there is none. */
  readonly deadLetterArn: string | null;
  /** The queue's access policy, as JSON text. */
  readonly policy: string | null;
}

/** The owner's queue. Methods throw a NotificationError, or the signal's reason when aborted. */
export interface Queue {
  readonly url: string;
  /** Waits up to 20 s for messages and returns at most 10; none if there are none. They stay invisible for 30 s. */
  receive(signal: AbortSignal): Promise<QueueMessage[]>;
  /** Deletes messages for good. */
  delete(messages: readonly QueueMessage[]): Promise<void>;
  /** Keeps messages invisible for another 30 s. */
  extend(messages: readonly QueueMessage[]): Promise<void>;
  attributes(): Promise<QueueAttributes>;
  /** Returns how many messages the dead-letter queue has. */
  countDeadLetters(deadLetterArn: string): Promise<number>;
  send(body: string): Promise<void>;
  close(): void;
}

/** Time in which a message that is neither deleted nor extended becomes visible again. */
export const VISIBILITY_SECONDS = 30;
export const MAX_WAIT_SECONDS = 20;
export const MAX_MESSAGES = 10;
