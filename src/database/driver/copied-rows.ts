import { Readable } from 'node:stream';
import type pg from 'pg';

/** A chunk grows to this many bytes before it is handed over. Larger ones are not faster. */
const CHUNK_BYTES = 128 * 1_024;

/** The parts of pg's connection that are used, which its types lack. */
interface CopyConnection {
  query(text: string): void;
  readonly stream: { pause(): void; resume(): void; destroy(): void };
}

/**
 * A `COPY … TO STDOUT` statement for `client.query`, as a stream of chunks of whole rows. The connection is paused while
 * chunks wait for their reader, so that the statement waits, too.
 */
export class CopiedRows extends Readable implements pg.Submittable {
  readonly #text: string;
  readonly #lineEnd: Buffer;
  #connection: CopyConnection | null = null;
  #chunk = Buffer.alloc(0);
  #length = 0;
  #isDone = false;
  /** pg replaces it when the client has a query_timeout. */
  callback: (error: Error | null) => void = (error) => this.#end(error);

  /** @param lineEnd in place of the line feed that ends each row */
  constructor(text: string, lineEnd: string) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#text = text;
    this.#lineEnd = Buffer.from(lineEnd);
  }

  /** Yields the chunks; rejects when the statement fails. */
  chunks(): AsyncIterable<Buffer> {
    return this;
  }

  /** Ends a statement that has not ended, by closing its connection. */
  cut(reason?: Error): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#connection?.stream.destroy();
    this.destroy(reason);
  }

  submit(connection: unknown): void {
    this.#connection = connection as CopyConnection;
    this.#connection.query(this.#text);
  }

  /** pg reuses the memory of `chunk`, one row. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    const length = chunk.length - 1 + this.#lineEnd.length;
    if (this.#length + length > this.#chunk.length) this.#handOver(Math.max(CHUNK_BYTES, length));
    chunk.copy(this.#chunk, this.#length, 0, chunk.length - 1);
    this.#lineEnd.copy(this.#chunk, this.#length + chunk.length - 1);
    this.#length += length;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  override _read(): void {
    if (!this.#isDone) this.#connection?.stream.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.cut();
    callback(error);
  }

  #handOver(nextBytes: number): void {
    const full = this.#chunk.subarray(0, this.#length);
    this.#chunk = Buffer.allocUnsafeSlow(nextBytes);
    this.#length = 0;
    if (full.length > 0 && !this.push(full)) this.#connection?.stream.pause();
  }

  #end(error: Error | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#connection?.stream.resume();
    if (error) return void this.destroy(error);
    this.#handOver(0);
    this.push(null);
  }
}
