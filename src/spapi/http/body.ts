import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createUnzip } from 'node:zlib';

/** A response body above its limit. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';

  constructor(maxBytes: number) {
    const limit = maxBytes < 1_000_000 ? `${maxBytes / 1000} kB` : `${maxBytes / 1_000_000} MB`;
    super(`The body is larger than ${limit}, the limit for this call`);
  }
}

/**
 * Reads a whole response body as UTF-8, without its byte order mark. gzip and deflate are decompressed as they arrive, in
 * chunks of 16 kB: a body that expands a thousandfold takes no more memory than `maxBytes`.
 * @param maxBytes before and after decompression
 * @throws {BodyTooLarge} at the first byte too many; the rest is not received
 */
export async function readBody(response: Readable, encoding: string | undefined, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  const received = (source: AsyncIterable<Buffer>) => limited(source, maxBytes);
  const collected = async (source: AsyncIterable<Buffer>) => {
    for await (const chunk of limited(source, maxBytes)) chunks.push(chunk);
  };
  if (encoding !== undefined && /^(x-)?gzip$|^deflate$/i.test(encoding))
    await pipeline(response, received, createUnzip(), collected);
  else await pipeline(response, collected);
  return new TextDecoder().decode(Buffer.concat(chunks));
}

async function* limited(source: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new BodyTooLarge(maxBytes);
    yield chunk;
  }
}
