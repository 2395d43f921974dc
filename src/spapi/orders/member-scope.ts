import { MemberReader } from './member-reader.js';
import { instant, key, list, object, type Reader, Unreadable } from './wire.js';

/** Bounds of a window (model: DateTimeRange). Either may be missing. */
export interface DateTimeRange {
  readonly earliest: Date | null;
  readonly latest: Date | null;
}

const NO_RANGE: DateTimeRange = { earliest: null, latest: null };

/**
 * An object of Amazon's answer from which optional members are read; empty if Amazon left it out, so that absent objects
 * need no checks. Unreadable members become null, with a note.
 */
export class MemberScope {
  readonly #value: Readonly<Record<string, unknown>> | null;
  readonly #members: MemberReader;
  readonly #parent: MemberScope | null;
  readonly #name: string | number;

  constructor(value: unknown, members: MemberReader, parent: MemberScope | null = null, name: string | number = '') {
    this.#value = (value as Readonly<Record<string, unknown>> | undefined) ?? null;
    this.#members = members;
    this.#parent = parent;
    this.#name = name;
  }

  get isAbsent(): boolean {
    return this.#value === null;
  }

  get<T>(reader: Reader<T>, name: string): T | null {
    const value = this.#value?.[name];
    if (value === undefined || value === null) return null;
    const read = reader(value);
    if (!(read instanceof Unreadable)) return read;
    // Reads it again with its place, which is built only for notes.
    return this.#members.required(reader, value, this.#placeOf(name));
  }

  object(name: string): MemberScope {
    const value = this.get(object, name);
    return value === null ? ABSENT : new MemberScope(value, this.#members, this, name);
  }

  /** Returns the readable elements of a list of objects; none if it is absent. */
  objects(name: string): MemberScope[] {
    const elements = this.get(list, name) ?? [];
    const scopes: MemberScope[] = [];
    for (let index = 0; index < elements.length; index += 1) {
      const element = elements[index];
      const read = object(element);
      if (read instanceof Unreadable) this.#members.required(object, element, this.#placeOf(`${name}.${index}`));
      else scopes.push(new MemberScope(read, this.#members, this, `${name}.${index}`));
    }
    return scopes;
  }

  /** Returns the readable texts of a list; null if there are none, since Amazon leaves out empty lists (field). */
  texts(name: string): readonly string[] | null {
    const texts = (this.get(list, name) ?? [])
      .map((text, index) => this.#members.required(key, text, this.#placeOf(`${name}.${index}`)))
      .filter((text) => text !== null);
    return texts.length > 0 ? texts : null;
  }

  range(name: string): DateTimeRange {
    const range = this.object(name);
    if (range.isAbsent) return NO_RANGE;
    return { earliest: range.get(instant, 'earliestDateTime'), latest: range.get(instant, 'latestDateTime') };
  }

  note(reason: string): void {
    this.#members.note(this.#place, reason);
  }

  /** Built only for notes: orders have hundreds of members. */
  get #place(): string {
    return this.#parent ? this.#parent.#placeOf(String(this.#name)) : String(this.#name);
  }

  #placeOf(name: string): string {
    const place = this.#place;
    return place === '' ? name : `${place}.${name}`;
  }
}

const ABSENT = new MemberScope(null, new MemberReader());
