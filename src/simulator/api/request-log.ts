import type { Operation } from './operations.js';

/** One request without secrets: no body, no signature, and no header but the user agent. */
export interface RequestRecord {
  operation: Operation;
  method: string;
  path: string;
  query: Readonly<Record<string, string>>;
  /** Undefined until answered, or if the connection was closed without an answer. */
  status: number | undefined;
  /** Milliseconds on the simulator's clock. */
  at: number;
  userAgent: string | undefined;
}

const MAX_RECORDS = 10_000;

/** The last 10,000 requests, and counters of all requests. */
export class RequestLog {
  readonly records: RequestRecord[] = [];
  readonly #counts = new Map<Operation, number>();
  #running = 0;
  #maxConcurrent = 0;

  /** The maximum number of concurrent requests. */
  get maxConcurrent(): number {
    return this.#maxConcurrent;
  }

  /** Records a request; call `answered` with its status and `leave` at its end. */
  begin(record: RequestRecord): { answered(status: number): void; leave(): void } {
    this.records.push(record);
    if (this.records.length > MAX_RECORDS * 1.1) this.records.splice(0, this.records.length - MAX_RECORDS);
    this.#counts.set(record.operation, this.count(record.operation) + 1);
    this.#running += 1;
    this.#maxConcurrent = Math.max(this.#maxConcurrent, this.#running);
    let isRunning = true;
    return {
      answered: (status) => {
        record.status = status;
      },
      leave: () => {
        if (isRunning) this.#running -= 1;
        isRunning = false;
      },
    };
  }

  /** Requests of an operation, or of all, since the start or the last clear(). */
  count(operation?: Operation): number {
    if (operation !== undefined) return this.#counts.get(operation) ?? 0;
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  clear(): void {
    this.records.length = 0;
    this.#counts.clear();
    this.#maxConcurrent = this.#running;
  }
}
