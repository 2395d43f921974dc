import { Parser } from 'htmlparser2';

/** Receives the elements of a document. */
export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  /** @param text of an element without children, decoded; empty for any other */
  close(name: string, text: string): void;
  /** Called before `close` of an element without an end tag; the reader continues. */
  malformed(): void;
}

/** XML that can't be read any further. The message says why, without the document's text. */
export class XmlError extends Error {
  override readonly name = 'XmlError';
}

/** Characters of one tag or text; a product name has a few hundred. */
const MAX_LENGTH = 1_000_000;
const MAX_DEPTH = 100;

/**
 * Reads XML in a stream, without a document type declaration and so without entities of its own. Tolerates what leaves no
 * doubt about the elements: a bare `&` or `<` in a text, an end tag without a start tag.
 */
export class XmlReader {
  readonly #parser: Parser;
  /** Number of open elements. */
  #depth = 0;
  #elements = 0;
  /** Text since the last tag. */
  #text = '';
  /** Whether the last tag opened an element, so that the text is its content. */
  #inLeaf = false;
  /** Characters since the parser returned something. */
  #pending = 0;
  /** Where the last start tag ended: `<a/>` is closed there. */
  #openedAt = -1;

  constructor(handler: XmlHandler) {
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => {
          this.#depth += 1;
          if (this.#depth > MAX_DEPTH) throw new XmlError(`Elements are nested more than ${MAX_DEPTH} deep`);
          this.#elements += 1;
          this.#startText(true);
          this.#openedAt = this.#parser.endIndex;
          handler.open(name, attributes);
        },
        ontext: (text) => {
          this.#pending = 0;
          if (this.#inLeaf) this.#text += text;
          checkLength(this.#text.length);
        },
        onclosetag: (name, isImplied) => {
          const text = this.#inLeaf ? this.#text : '';
          this.#depth -= 1;
          this.#startText(false);
          if (isImplied && this.#parser.endIndex !== this.#openedAt) handler.malformed();
          handler.close(name, text);
        },
        onprocessinginstruction: (name) => {
          this.#pending = 0;
          if (name.startsWith('!')) throw new XmlError('It has a document type declaration, which is not read');
        },
        oncomment: () => {
          this.#pending = 0;
        },
      },
      { xmlMode: true },
    );
  }

  /** Whether there was an element and all were closed, so that the document may end here. */
  get isComplete(): boolean {
    return this.#elements > 0 && this.#depth === 0;
  }

  /** @throws {XmlError} */
  write(chunk: string): void {
    this.#pending += chunk.length;
    this.#parser.write(chunk);
    checkLength(this.#pending - chunk.length);
  }

  #startText(inLeaf: boolean): void {
    this.#pending = 0;
    this.#text = '';
    this.#inLeaf = inLeaf;
  }
}

function checkLength(length: number): void {
  if (length <= MAX_LENGTH) return;
  throw new XmlError(`A text or tag has more than ${MAX_LENGTH.toLocaleString('en')} characters (the limit)`);
}
