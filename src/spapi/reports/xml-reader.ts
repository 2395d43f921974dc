import { ownCopy } from '../../core/own-copy.js';

/** Receives the elements of a document. */
export interface XmlHandler {
  /** @param attributes as in the document: ` currency="USD"` */
  open(name: string, attributes: string): void;
  /** @param text of an element without children, decoded; empty for any other */
  close(name: string, text: string): void;
  /** Called for a tag that doesn't match the open elements; the reader continues. */
  malformed(): void;
}

/** XML that can't be read any further. The message says why, without the document's text. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

interface Tag {
  readonly name: string;
  readonly attributes: string;
  readonly isEmpty: boolean;
}

/** Of those that are remembered. */
const MAX_TAGS = 1_000;
const MAX_TAG_LENGTH = 200;
/** Characters of one tag or text; a product name has a few hundred. */
const MAX_LENGTH = 1_000_000;
const MAX_DEPTH = 100;

/**
 * Reads XML in a stream, by searching for the next `<` and `>`: a SAX library that looks at each character takes five times as
 * long (measured with saxes 6), most of an import's time. Elements, attributes, text, CDATA and references of the XML that
 * Amazon generates; a document type declaration, and so an entity of its own, is refused. Tolerates what leaves no doubt about
 * the elements: a bare `&` or `<` in a text.
 */
export class XmlReader {
  readonly #handler: XmlHandler;
  /** Names of the open elements. */
  readonly #open: string[] = [];
  /** What was not read yet: it starts with a text or a tag whose end is missing. */
  #rest = '';
  /** Text since the last tag, from parts before a comment or CDATA section. */
  #text = '';
  /** Whether the last tag opened an element, so that the text is its content. */
  #inLeaf = false;
  #elements = 0;
  /** Start tags by what is inside of them. */
  readonly #tags = new Map<string, Tag>();

  constructor(handler: XmlHandler) {
    this.#handler = handler;
  }

  /** Number of elements that were opened. */
  get elements(): number {
    return this.#elements;
  }

  /** Whether all elements were closed and nothing is left, so that the document may end here. */
  get isComplete(): boolean {
    return this.#open.length === 0 && this.#rest.trim() === '';
  }

  /** @throws {XmlError} */
  write(chunk: string): void {
    const xml = this.#rest + chunk;
    let at = 0;
    for (;;) {
      const start = xml.indexOf('<', at);
      if (start < 0) break;
      const end = this.#readTag(xml, at, start);
      if (end < 0) break;
      at = end;
    }
    this.#rest = xml.slice(at);
    checkLength(this.#rest);
  }

  /**
   * Reads the text from `at` and the tag at `start`.
   * @returns where reading continues; -1 if the end of the tag is missing
   */
  #readTag(xml: string, at: number, start: number): number {
    const next = xml.charCodeAt(start + 1);
    if (next === SLASH) return this.#readEndTag(xml, at, start);
    if (next === EXCLAMATION) return this.#readDeclaration(xml, at, start);
    if (next === QUESTION) return this.#skip(xml, at, start, '?>');
    if (start + 1 < xml.length && !isNameStart(next)) {
      // A bare `<` in a text.
      this.#addText(xml.slice(at, start + 1));
      return start + 1;
    }
    return this.#readStartTag(xml, start);
  }

  #readStartTag(xml: string, start: number): number {
    let end = xml.indexOf('>', start);
    if (end < 0) return -1;
    let tag = this.#tags.get(xml.slice(start + 1, end));
    if (tag === undefined) {
      end = endOfTag(xml, start + 1);
      if (end < 0) return -1;
      tag = this.#parseTag(xml.slice(start + 1, end));
    }
    if (this.#open.length >= MAX_DEPTH) throw new XmlError(`Elements are nested more than ${MAX_DEPTH} deep`);
    this.#elements += 1;
    this.#text = '';
    this.#handler.open(tag.name, tag.attributes);
    this.#inLeaf = !tag.isEmpty;
    if (tag.isEmpty) this.#handler.close(tag.name, '');
    else this.#open.push(tag.name);
    return end + 1;
  }

  /** Parses the inside of a start tag, and remembers it: a report has a hundred different ones. */
  #parseTag(inside: string): Tag {
    const isEmpty = inside.endsWith('/');
    const copy = ownCopy(inside);
    const nameEnd = copy.search(/[\s/]/);
    const name = nameEnd < 0 ? copy : copy.slice(0, nameEnd);
    const tag = { name, attributes: copy.slice(name.length, isEmpty ? -1 : undefined), isEmpty };
    if (this.#tags.size < MAX_TAGS && copy.length <= MAX_TAG_LENGTH && !copy.includes('>')) this.#tags.set(copy, tag);
    return tag;
  }

  #readEndTag(xml: string, at: number, start: number): number {
    const open = this.#open.at(-1) ?? '';
    const isExpected = xml.startsWith(`${open}>`, start + 2);
    const end = isExpected ? start + 2 + open.length : xml.indexOf('>', start);
    if (end < 0) return -1;
    const name = isExpected ? open : xml.slice(start + 2, end).trimEnd();
    const text = this.#inLeaf ? decoded(this.#text + xml.slice(at, start)) : '';
    this.#text = '';
    this.#inLeaf = false;
    if (name === open) {
      this.#open.pop();
      this.#handler.close(name, text);
      return end + 1;
    }
    this.#handler.malformed();
    // Closes what was left open inside; an end without a start is skipped.
    if (this.#open.includes(name)) {
      let closed: string | undefined;
      do {
        closed = this.#open.pop() ?? name;
        this.#handler.close(closed, '');
      } while (closed !== name);
    }
    return end + 1;
  }

  /** Reads a comment, a CDATA section or a declaration. */
  #readDeclaration(xml: string, at: number, start: number): number {
    if (xml.startsWith('<!--', start)) return this.#skip(xml, at, start, '-->');
    if (xml.startsWith(CDATA, start)) {
      const end = xml.indexOf(']]>', start);
      if (end < 0) return -1;
      this.#addText(xml.slice(at, start));
      this.#addText(xml.slice(start + CDATA.length, end).replaceAll('&', '&amp;'));
      return end + 3;
    }
    if (CDATA.startsWith(xml.slice(start)) || '<!--'.startsWith(xml.slice(start))) return -1;
    throw new XmlError('It has a document type declaration, which is not read');
  }

  #skip(xml: string, at: number, start: number, mark: string): number {
    const end = xml.indexOf(mark, start);
    if (end < 0) return -1;
    this.#addText(xml.slice(at, start));
    return end + mark.length;
  }

  #addText(text: string): void {
    if (!this.#inLeaf) return;
    this.#text += text;
    checkLength(this.#text);
  }
}

const SLASH = 0x2f;
const EXCLAMATION = 0x21;
const QUESTION = 0x3f;
const CDATA = '<![CDATA[';

/** A letter, `_`, `:` or any character beyond ASCII. */
function isNameStart(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code === 0x3a || code > 0x7f
  );
}

/** Returns the index of the `>` that isn't in quotes; -1 if there is none yet. */
function endOfTag(xml: string, from: number): number {
  const mark = /["'>]/g;
  mark.lastIndex = from;
  for (;;) {
    const found = mark.exec(xml);
    if (found === null) return -1;
    if (found[0] === '>') return found.index;
    const quoteEnd = xml.indexOf(found[0], mark.lastIndex);
    if (quoteEnd < 0) return -1;
    mark.lastIndex = quoteEnd + 1;
  }
}

function checkLength(text: string): void {
  if (text.length <= MAX_LENGTH) return;
  throw new XmlError(`A text or tag has more than ${MAX_LENGTH.toLocaleString('en')} characters (the limit)`);
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Replaces references; an unknown one stays as it is. What PostgreSQL can't store becomes U+FFFD. */
function decoded(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isStorable = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return isStorable ? String.fromCodePoint(code) : '\uFFFD';
  });
}
