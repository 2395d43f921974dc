export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** What `JSON.parse` makes of `{…}`. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
