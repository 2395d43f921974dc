/**
 * A text as PostgreSQL stores it in `text` and `jsonb`: NUL, and halves of surrogate pairs that stand alone, become
 * U+FFFD. Returns the same text where it has none of these.
 */
export function storableText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** The escapes that stand for NUL and for halves of surrogate pairs, whole pairs among them. */
const SUSPECT = /\\u(?:0000|d[89a-f])/i;
/** One escape of JSON at a time, from the left: so the second backslash of `\\` starts none. */
const ESCAPES = /\\(?:u(d[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|[\da-f]{4})|.)/gi;
const UNSTORABLE = /^(?:0000|d[89a-f]..)$/i;

/**
 * The JSON text with every key and every text in it storable (see `storableText`). Only escapes can stand for what
 * PostgreSQL refuses: JSON has no raw NUL, and text decoded from UTF-8 has no half pairs.
 * @param json need not be valid; it costs one search where nothing has to change
 */
export function storableJson(json: string): string {
  if (!SUSPECT.test(json)) return json;
  return json.replace(ESCAPES, (whole: string, code: string | undefined) =>
    code !== undefined && UNSTORABLE.test(code) ? '\\ufffd' : whole,
  );
}
