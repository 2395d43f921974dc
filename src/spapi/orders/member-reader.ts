import { type Reader, Unreadable } from './wire.js';

const MAX_NOTES = 20;

/** Reads optional members of an order: an unreadable one becomes null, with a note of its path and the reason. */
export class MemberReader {
  readonly #notes: string[] = [];
  #more = 0;

  /** Returns null if the member is absent, null or unreadable. */
  optional<T>(reader: Reader<T>, value: unknown, place: string): T | null {
    return value === undefined || value === null ? null : this.required(reader, value, place);
  }

  /** The same, with a note for an absent member too. */
  required<T>(reader: Reader<T>, value: unknown, place: string): T | null {
    if (value === undefined || value === null) {
      this.note(place, 'is missing');
      return null;
    }
    const read = reader(value);
    if (!(read instanceof Unreadable)) return read;
    for (const [member, reason] of read.reasons) this.note(member === null ? place : `${place}.${member}`, reason);
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
