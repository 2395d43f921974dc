import type { z } from 'zod';

const MAX_NOTES = 20;

/** Returns the reason of an issue without a message of its own; never the value. */
export const issueReason: z.core.$ZodErrorMap = ({ code, input, ...issue }) => {
  if (input === undefined) return 'is missing';
  if (input === null) return 'is null';
  return code === 'invalid_type' ? `has another type than ${issue.expected}` : undefined;
};

/** Reads optional members of an order: an unreadable one becomes null, with a note of its path and the reason. */
export class MemberReader {
  readonly #notes: string[] = [];
  #more = 0;

  /** Returns null if the member is absent, null or unreadable. */
  optional<T>(schema: z.ZodType<T>, value: unknown, place: string): T | null {
    return value === undefined || value === null ? null : this.required(schema, value, place);
  }

  /** The same, with a note for an absent member too. */
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
    const note = `${place}: ${reason}`;
    // Some members are read twice.
    if (this.#notes.includes(note)) return;
    if (this.#notes.length < MAX_NOTES) this.#notes.push(note);
    else this.#more += 1;
  }

  notes(): readonly string[] {
    return this.#more === 0 ? this.#notes : [...this.#notes, `and ${this.#more} more`];
  }
}
