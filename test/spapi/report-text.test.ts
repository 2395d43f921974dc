import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decompressed } from '../../src/spapi/reports/report-bytes.js';
import { createTextStream } from '../../src/spapi/reports/text-stream.js';

/** Decodes bytes that arrive in chunks of this size. */
function decode(bytes: Buffer, charset: string | null, chunkSize = bytes.length): string {
  const stream = createTextStream(charset);
  let text = '';
  for (let at = 0; at < bytes.length; at += chunkSize) text += stream.write(bytes.subarray(at, at + chunkSize));
  return text + stream.end();
}

const head = (encoding: string) => `<?xml version="1.0" encoding="${encoding}"?>\n${'<a>plain</a>'.repeat(30)}\n`;

describe('the text of a report', () => {
  it.each([1, 2, 3, 5, 1000])('is decoded from UTF-8 in chunks of %i bytes', (size) => {
    const text = `${head('UTF-8')}Größe 緑茶 🍵 é`;
    expect(decode(Buffer.from(text), 'UTF-8', size)).toBe(text);
  });

  it.each([1, 3, 1000])('is decoded from ISO-8859-1 in chunks of %i bytes', (size) => {
    const text = `${head('ISO-8859-1')}Größe für é£`;
    expect(decode(Buffer.from(text, 'latin1'), 'ISO-8859-1', size)).toBe(text);
  });

  it('is in the charset of the XML declaration if the Content-Type has none', () => {
    const bytes = Buffer.concat([Buffer.from(head('Shift_JIS')), Buffer.from('97ce92837e', 'hex')]);
    expect(decode(bytes, null)).toBe(`${head('Shift_JIS')}緑茶~`);
  });

  it.each(['ISO-8859-1', 'Shift_JIS', 'no-such-charset', null])(
    'is UTF-8 if it is valid, whatever the label: %s',
    (label) => {
      const text = `${head(label ?? 'UTF-8')}Größe 緑茶`;
      expect(decode(Buffer.from(text), label, 7)).toBe(text);
    },
  );

  it.each(['UTF-8', 'no-such-charset', null])('is windows-1252 if it is not UTF-8, whatever the label: %s', (label) => {
    const bytes = Buffer.concat([Buffer.from(head('UTF-8')), Buffer.from('Gr\u00f6\u00dfe \x80', 'latin1')]);
    expect(decode(bytes, label)).toBe(`${head('UTF-8')}Größe €`);
  });

  it.each([
    ['UTF-8', Buffer.from('\uFEFF<a>é</a>')],
    ['UTF-16', Buffer.from('\uFEFF<a>é</a>', 'utf16le')],
  ])('is decoded by its byte order mark: %s', (_name, bytes) => {
    expect(decode(bytes, 'ISO-8859-1').replace('\uFEFF', '')).toBe('<a>é</a>');
  });

  it('may be empty', () => {
    expect(decode(Buffer.alloc(0), null)).toBe('');
  });
});

describe('the bytes of a report', () => {
  async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  async function read(bytes: Buffer, size = 1): Promise<Buffer> {
    const read: Buffer[] = [];
    for await (const chunk of decompressed(chunksOf(bytes, size))) read.push(chunk);
    return Buffer.concat(read);
  }
  const text = Buffer.from(head('UTF-8'));

  it('are decompressed once, in chunks of any size', async () => {
    for (const size of [1, 2, 1000]) expect(await read(gzipSync(text), size)).toEqual(text);
    expect(await read(gzipSync(gzipSync(text)))).toEqual(gzipSync(text));
  });

  it('stay as they are if they are not compressed', async () => {
    for (const size of [1, 2, 1000]) expect(await read(text, size)).toEqual(text);
    expect(await read(Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  it('end their source when the reader leaves early', async () => {
    let ended = false;
    const source = async function* () {
      try {
        const bytes = gzipSync(Buffer.alloc(10_000_000));
        for (;;) yield bytes;
      } finally {
        ended = true;
      }
    };
    for await (const _chunk of decompressed(source())) break;
    await expect.poll(() => ended).toBe(true);
  });
});
