import { isAscii, isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';

/** Decodes a text that comes in chunks. */
export interface TextStream {
  write(chunk: Buffer): string;
  /** Returns what is left. */
  end(): string;
}

/**
 * Decodes a report. The first bytes beyond ASCII decide: valid UTF-8 is UTF-8, since text of another charset hardly ever is;
 * any other is in `charset`, else in that of the XML declaration. A label alone may be wrong (field: ISO-8859-1, cp1252 and
 * Shift_JIS in place of UTF-8), which would damage names for good.
 * @param charset of the Content-Type; null if it has none
 */
export function createTextStream(charset: string | null): TextStream {
  let declared: string | null = null;
  let decoder: TextStream | null = null;
  /** Bytes that don't decide yet: the first three, and those beyond ASCII at the end of a chunk, a part of a character. */
  let kept: Buffer = Buffer.alloc(0);
  let isFirst = true;

  const decide = (bytes: Buffer) => (isUtf8(bytes) ? utf8() : ofCharset(charset ?? declared));
  return {
    write(chunk) {
      if (decoder) return decoder.write(chunk);
      const bytes = kept.length > 0 ? Buffer.concat([kept, chunk]) : chunk;
      if (isFirst && bytes.length < MIN_START) {
        kept = bytes;
        return '';
      }
      if (isFirst) {
        isFirst = false;
        decoder = ofByteOrderMark(bytes);
        declared = DECLARATION.exec(bytes.toString('latin1', 0, MIN_START))?.[1] ?? null;
        if (decoder) return decoder.write(bytes);
      }
      const whole = bytes.subarray(0, endOfAscii(bytes));
      if (isAscii(whole)) {
        kept = bytes.subarray(whole.length);
        return whole.toString('latin1');
      }
      decoder = decide(whole);
      return decoder.write(bytes);
    },
    end() {
      if (decoder) return decoder.end();
      decoder = ofByteOrderMark(kept) ?? decide(kept);
      return decoder.write(kept) + decoder.end();
    },
  };
}

/** Bytes at the start that may contain a byte order mark and the XML declaration. */
const MIN_START = 200;
const DECLARATION = /^\s*<\?xml\b[^>]*\sencoding\s*=\s*["']([\w.:-]{1,40})["']/;

/** Returns the index behind the last ASCII byte. */
function endOfAscii(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] ?? 0) > 0x7f) end -= 1;
  return end;
}

function ofByteOrderMark(bytes: Buffer): TextStream | null {
  const mark = bytes.toString('hex', 0, 3);
  if (mark === 'efbbbf' || mark.startsWith('fffe') || mark.startsWith('feff'))
    return named(mark === 'efbbbf' ? 'utf-8' : mark.startsWith('fffe') ? 'utf-16le' : 'utf-16be');
  return null;
}

/** Faster than TextDecoder: ASCII stays one byte a character. */
function utf8(): TextStream {
  return new StringDecoder('utf8');
}

/** Bytes that aren't UTF-8 in the charset of a label. docs of the Encoding Standard: ISO-8859-1 means windows-1252. */
function ofCharset(label: string | null): TextStream {
  try {
    const decoder = new TextDecoder(label ?? 'windows-1252');
    return named(decoder.encoding === 'utf-8' ? 'windows-1252' : decoder.encoding);
  } catch {
    return named('windows-1252');
  }
}

function named(encoding: string): TextStream {
  const decoder = new TextDecoder(encoding);
  return { write: (chunk) => decoder.decode(chunk, { stream: true }), end: () => decoder.decode() };
}
