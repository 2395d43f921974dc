import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Bytes of a chunk after decompression. */
const CHUNK_BYTES = 64 * 1024;

/** The first bytes of every gzip file. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/**
 * Decompresses a report, once, if its bytes are gzip. They decide rather than the labels: `compressionAlgorithm` and
 * Content-Encoding are set by different systems of Amazon's, and one of them may be missing or already undone.
 */
export async function* decompressed(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  const source = body[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  try {
    while (start.length < GZIP.length) {
      const { done, value } = await source.next();
      if (done) break;
      start = start.length === 0 ? value : Buffer.concat([start, value]);
    }
    const whole = rejoined(start, source);
    if (!start.subarray(0, GZIP.length).equals(GZIP)) {
      yield* whole;
      return;
    }
    const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    // Errors of the source reach the reader through gunzip.
    yield* pipeline(Readable.from(whole, { objectMode: false }), gunzip, () => {}) as AsyncIterable<Buffer>;
  } finally {
    await source.return?.();
  }
}

async function* rejoined(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  yield* { [Symbol.asyncIterator]: () => rest };
}
