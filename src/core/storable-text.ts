/** Replaces what PostgreSQL refuses in `text` and `jsonb`, NUL and lone surrogates, by U+FFFD. */
export function storableText(text: string): string {
  const wellFormed = text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}

/** The escapes of NUL and of surrogates, in pairs or alone. */
const SUSPECT = /\\u(?:0000|d[89a-f])/i;
/** Matches whole JSON escapes from the left, so that the second backslash of `\\` does not start one. */
const ESCAPES = /\\(?:u(d[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}|[\da-f]{4})|.)/gi;
const UNSTORABLE = /^(?:0000|d[89a-f]..)$/i;

/**
 * Replaces the same characters in all strings of a JSON text. Only escapes can denote them there: JSON has no raw NUL, and
 * text decoded from UTF-8 has no lone surrogates.
 * @param json need not be valid
 */
export function storableJson(json: string): string {
  if (!SUSPECT.test(json)) return json;
  return json.replace(ESCAPES, (whole: string, code: string | undefined) =>
    code !== undefined && UNSTORABLE.test(code) ? '\\ufffd' : whole,
  );
}
