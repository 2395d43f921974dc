import type { XmlHandler } from './xml-reader.js';

/** An element of an order in a report. */
export interface XmlElement {
  readonly name: string;
  /** With its spaces; empty if it has children. */
  text: string;
  readonly attributes: Readonly<Record<string, string>>;
  children: readonly XmlElement[];
}

/** An `Order` of a report. */
export interface OrderElement extends XmlElement {
  /** Whether its tags don't match, so that its content is uncertain. */
  isMalformed: boolean;
}

/** Returns the first child of a name. */
export function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((each) => each.name === name);
}

/** Shared, since most elements have none. */
const NO_CHILDREN: readonly XmlElement[] = [];

/** Elements of one order; an order with 100 items has 4,000. */
const MAX_ELEMENTS = 50_000;

/** Collects the orders of a report, wherever they are in it. */
export class OrderElements implements XmlHandler {
  #orders: OrderElement[] = [];
  /** The order that is being read. */
  #order: OrderElement | null = null;
  /** Its open elements, the order first. */
  #open: XmlElement[] = [];
  #elements = 0;
  /** Name of the first element. */
  root: string | null = null;
  /** Number of `Message` elements. */
  messages = 0;

  /** Returns the orders that were completed since the last call. */
  take(): OrderElement[] {
    const orders = this.#orders;
    if (orders.length > 0) this.#orders = [];
    return orders;
  }

  open(name: string, attributes: XmlElement['attributes']): void {
    this.root ??= name;
    if (name === 'Message') this.messages += 1;
    if (name === 'Order') {
      // An order inside of an order: the first was not closed.
      if (this.#order) this.#finish(true);
      this.#order = { name, text: '', attributes, children: NO_CHILDREN, isMalformed: false };
      this.#open = [this.#order];
      this.#elements = 0;
      return;
    }
    const parent = this.#open.at(-1);
    if (this.#order === null || parent === undefined) return;
    const element = { name, text: '', attributes, children: NO_CHILDREN };
    this.#open.push(element);
    this.#elements += 1;
    if (this.#elements > MAX_ELEMENTS) this.#order.isMalformed = true;
    else if (parent.children === NO_CHILDREN) parent.children = [element];
    else (parent.children as XmlElement[]).push(element);
  }

  close(name: string, text: string): void {
    const element = this.#open.at(-1);
    if (element === undefined || element.name !== name) return;
    element.text = text;
    this.#open.pop();
    if (this.#open.length === 0) this.#finish(false);
  }

  malformed(): void {
    if (this.#order) this.#order.isMalformed = true;
  }

  #finish(isMalformed: boolean): void {
    if (this.#order === null) return;
    this.#order.isMalformed ||= isMalformed;
    this.#orders.push(this.#order);
    this.#order = null;
    this.#open = [];
  }
}
