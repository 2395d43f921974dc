import type { z } from 'zod';

const MAX_NOTES = 20;

/** The reason of an issue where the schema gives none of its own, in plain words; never the value. */
export const issueReason: z.core.$ZodErrorMap = ({ code, input, ...issue }) => {
  if (input === undefined) return 'is missing';
  if (input === null) return 'is null';
  return code === 'invalid_type' ? `has another type than ${issue.expected}` : undefined;
};

/** Reads members that an order can do without: one that can't be read is null, and noted by its place and the reason. */
export class MemberReader {
  readonly #notes: string[] = [];
  #more = 0;

  /** Null if the member is absent, null, or can't be read. */
  optional<T>(schema: z.ZodType<T>, value: unknown, place: string): T | null {
    return value === undefined || value === null ? null : this.required(schema, value, place);
  }

  /** The same, but an absent member is noted too. */
  required<T>(schema: z.ZodType<T>, value: unknown, place: string): T | null {
    if (value === undefined || value === null) {
      this.note(place, 'is missing');
      return null;
    }
    const read = schema.safeParse(value, { error: issueReason });
    if (read.success) return read.data;
    for (const { path, message } of read.error.issues) this.note([place, ...path].join('.'), message);
    return null;
  }

  note(place: string, reason: string): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push(`${place}: ${reason}`);
    else this.#more += 1;
  }

  notes(): readonly string[] {
    return this.#more === 0 ? this.#notes : [...this.#notes, `and ${this.#more} more`];
  }
}
