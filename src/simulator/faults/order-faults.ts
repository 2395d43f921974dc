import type { Reply } from '../api/http.js';
import { internalFailure, invalidInput, notFound, unauthorized } from '../api/http.js';

/**
 * What is wrong with a single order. All but `malformed` concern getOrder alone, and lists show the order as ever:
 * an error status, or `{}` with status 200 (models#2607, #2064, docs#1717, #3321).
 * `malformed`: the JSON of each answer that holds the order is broken (docs#970).
 */
export type OrderFault = '500' | '404' | '403' | '400' | 'empty' | 'malformed';

/** Faults of single orders, by order id. They leave the faults of FaultSchedule alone. */
export class OrderFaults {
  readonly #faults = new Map<string, OrderFault>();

  set(orderId: string, fault: OrderFault): void {
    this.#faults.set(orderId, fault);
  }

  get(orderId: string): OrderFault | undefined {
    return this.#faults.get(orderId);
  }

  /** Whether there is any. */
  get any(): boolean {
    return this.#faults.size > 0;
  }

  /** Ends the fault of one order, or of all. */
  clear(orderId?: string): void {
    if (orderId === undefined) this.#faults.clear();
    else this.#faults.delete(orderId);
  }

  /** The answer to getOrder of this order, if it is not the right one. */
  replyInstead(orderId: string): Reply | undefined {
    switch (this.#faults.get(orderId)) {
      case '500':
        return internalFailure().reply;
      case '404':
        return notFound().reply;
      case '403':
        return unauthorized().reply;
      case '400':
        return invalidInput().reply;
      case 'empty':
        return { status: 200, body: {} };
      default:
        return undefined;
    }
  }

  /** Returns the answer with malformed JSON if a malformed order is in it. */
  applyTo(reply: Reply): Reply {
    if (this.#faults.size === 0 || reply.status !== 200) return reply;
    const text = JSON.stringify(reply.body);
    const malformed = [...this.#faults].find(
      ([orderId, fault]) => fault === 'malformed' && text.includes(JSON.stringify(orderId)),
    );
    if (!malformed) return reply;
    const [orderId] = malformed;
    return {
      ...reply,
      headers: { 'content-type': 'application/json', ...reply.headers },
      body: text.replace(`"${orderId}"`, `"${orderId}""`),
    };
  }
}
