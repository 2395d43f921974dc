import { RequestLog } from '../api/request-log.js';
import { ACCOUNT_ID, Queue, type QueueSettings } from './queue.js';

/** The queue that the simulator has from the start, and the one for its dead letters. */
export const QUEUE_NAME = 'ordermirror';
export const DEAD_LETTERS_NAME = 'ordermirror-dead-letters';
/** Receipts before a message becomes a dead letter. */
const MAX_RECEIVE_COUNT = 5;

/** The simulated AWS account's queues, and the log of requests to them. */
export class Queues {
  /** Requests to SQS, apart from those to Amazon's login and SP-API. */
  readonly log = new RequestLog();
  readonly #now: () => number;
  readonly #queues = new Map<string, Queue>();

  constructor(now: () => number) {
    this.#now = now;
    const deadLetters = this.create(DEAD_LETTERS_NAME);
    this.create(QUEUE_NAME, { deadLetters: { queue: deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT } });
  }

  /** Creates a queue. */
  create(name: string, settings: Partial<QueueSettings> = {}): Queue {
    const queue = new Queue(name, this.#now, settings);
    this.#queues.set(name, queue);
    return queue;
  }

  /** Deletes a queue with its messages. */
  remove(name: string): void {
    this.#queues.delete(name);
  }

  /** Returns a queue, by default the first one. @throws {Error} if there is none with this name */
  get(name: string = QUEUE_NAME): Queue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`no queue ${name}; there are ${[...this.#queues.keys()].join(', ')}`);
    return queue;
  }

  find(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  /** The queue of a URL; its host may be any. */
  byUrl(url: string): Queue | undefined {
    const [, account, name, ...rest] = URL.canParse(url) ? new URL(url).pathname.split('/') : [];
    return account === ACCOUNT_ID && rest.length === 0 ? this.#queues.get(name ?? '') : undefined;
  }

  byArn(arn: string): Queue | undefined {
    return [...this.#queues.values()].find((queue) => queue.arn === arn);
  }

  /** Lets all who wait for messages look again: the clock has moved. */
  wake(): void {
    for (const queue of this.#queues.values()) queue.wake();
  }
}

/** The path of a queue's URL. */
export function queuePath(name: string): string {
  return `/${ACCOUNT_ID}/${name}`;
}
