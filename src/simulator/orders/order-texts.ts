import { JsonText } from '../api/http.js';
import { withData } from './included-data.js';
import type { OrderVersion } from './order-version.js';

/**
 * Orders as answers hold them, in JSON: made when one is first asked for and kept from then on (2 to 3 kB each), so that
 * what is measured beside the simulator is not the simulator.
 */
export class OrderTexts {
  readonly #kept = new WeakMap<OrderVersion, Map<string, Buffer>>();

  /** `{"orders":[…], …}`, with these other members, one at least, after the orders. */
  page(versions: readonly OrderVersion[], includedData: readonly string[], others: object): JsonText {
    const texts = versions.map((version) => this.#text(version, includedData));
    return new JsonText([
      OPEN,
      ...texts.flatMap((text, index) => (index === 0 ? [text] : [COMMA, text])),
      Buffer.from(`],${JSON.stringify(others).slice(1)}`),
    ]);
  }

  #text(version: OrderVersion, includedData: readonly string[]): Buffer {
    const texts = this.#kept.get(version) ?? new Map<string, Buffer>();
    this.#kept.set(version, texts);
    const asked = includedData.join();
    const text = texts.get(asked) ?? Buffer.from(JSON.stringify(withData(version.toJson(), includedData)));
    texts.set(asked, text);
    return text;
  }
}

const OPEN = Buffer.from('{"orders":[');
const COMMA = Buffer.from(',');
