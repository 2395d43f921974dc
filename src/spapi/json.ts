export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** What `JSON.parse` makes of `{…}`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const UNSTORABLE = /[\p{Surrogate}\0]/u;

/** PostgreSQL's jsonb and text refuse NUL and halves of surrogate pairs: both become U+FFFD. */
export function storableText(text: string): string {
  if (!UNSTORABLE.test(text)) return text;
  return text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD');
}
