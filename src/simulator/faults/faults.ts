import { isApiOperation, type Operation } from '../api/operations.js';
import type { DataSet } from '../orders/included-data.js';
import { type Active, activate, countAndMatch, type Timing } from './rules.js';

/** A fault, with its parameters. */
export type Fault =
  /** QuotaExceeded; Amazon sends neither of these headers with it (model), some gateways do. */
  | { kind: '429'; rateLimitHeader?: string; retryAfter?: string }
  | { kind: '500' }
  /** A gateway's page in place of JSON (seen in the field). */
  | { kind: '503-html' }
  | { kind: '504' }
  /** The connection is cut without an answer. */
  | { kind: 'reset' }
  /** No answer until the faults are cleared or the simulator is closed, then the connection is cut. */
  | { kind: 'hang' }
  /** Half of the body (of a download, all but the last part), then the connection is cut. */
  | { kind: 'truncate' }
  /** As `truncate`, but the connection stays open until the faults are cleared. */
  | { kind: 'stall' }
  /** The body is sent in chunks over `ms` milliseconds (default 1000). */
  | { kind: 'slow'; ms?: number }
  /** The answer comes `ms` milliseconds late (default 1000). */
  | { kind: 'delay'; ms?: number }
  /** The right body with the content type text/html. */
  | { kind: 'wrong-content-type' }
  /** Expires all access tokens issued so far and answers 403. */
  | { kind: 'expire-access-token' }
  /** As `expire-access-token`, with Amazon's text for a token that is revoked, malformed or of another region. */
  | { kind: 'revoke-access-token' }
  /** 403 for any token: Amazon's internal credentials have expired (docs#3153, for minutes). */
  | { kind: 'security-token-expired' }
  /** 403 by a gateway: a page of HTML, or JSON that is not SP-API's. */
  | { kind: '403-html' }
  | { kind: '403-forbidden' }
  /** A 400 that is not the client's fault (seen in the field, for half a day). */
  | { kind: '400-invalid-input' }
  /** 400 to a request with a paginationToken; others pass. */
  | { kind: 'refuse-page-token' }
  /** The page comes with a new token that leads to the same page. */
  | { kind: 'same-page-again' }
  /** A truncated body with the content type of JSON. */
  | { kind: 'malformed' }
  /** A page without orders, with a new token that leads to the page that was asked for. */
  | { kind: 'empty-page' }
  /** 403 to every search that asks for this marketplace, alone or among others. */
  | { kind: 'forbid-marketplace'; marketplaceId: string }
  /** This status to every request that asks for this data set; the rule counts only these requests. */
  | { kind: 'refuse-data-set'; dataSet: DataSet; status: 400 | 403 }
  /** Orders without `fulfillment`, though it was asked for. */
  | { kind: 'omit-fulfillment' }
  /** The order at this place of the page (from 0, default 0) has a createdTime of "yesterday". */
  | { kind: 'unreadable-order'; index?: number }
  /** Replaces the JSON text of the right answer by the function's result. */
  | { kind: 'rewrite'; rewrite: (json: string) => string }
  /** The right answer with additional headers. */
  | { kind: 'headers'; headers: Record<string, string> }
  /** A body of `megabytes` MB of spaces (default 480), sent compressed to about a thousandth. */
  | { kind: 'gzip-bomb'; megabytes?: number }
  /** The address of the document has expired when it is issued. */
  | { kind: 'expired-url' }
  /** The login refuses the refresh token, with this status (default 400). */
  | { kind: 'invalid-grant'; status?: number }
  /** The login refuses the client. */
  | { kind: 'invalid-client' };

export type FaultKind = Fault['kind'];

/** When a fault happens, and to which requests. */
export interface FaultRule extends Timing {
  /**
   * Default: the login for its own faults, searchOrders for those of pages, getReportDocument for `expired-url`, else every
   * SP-API operation (neither the login nor downloads nor queues).
   */
  operation?: Operation;
  fault: Fault;
}

const ONLY_LOGIN: ReadonlySet<FaultKind> = new Set<FaultKind>(['invalid-grant', 'invalid-client']);
const ONLY_SEARCH: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'refuse-page-token',
  'same-page-again',
  'empty-page',
  'forbid-marketplace',
  'omit-fulfillment',
  'unreadable-order',
]);

/** The rules that select the fault of each request. */
export class FaultSchedule {
  #rules: Active<FaultRule>[] = [];
  #onClear = new Set<() => void>();

  /** Adds a rule. The first matching rule applies, in the order of addition. */
  add(rule: FaultRule): void {
    this.#rules.push(activate(rule));
  }

  /** Removes all rules and cuts hanging connections. */
  clear(): void {
    this.#rules = [];
    const waiting = [...this.#onClear];
    this.#onClear.clear();
    for (const callback of waiting) callback();
  }

  /**
   * Returns the fault of this request. Every rule for the operation counts the request, whether it applies or not.
   * @param dataSets that the request asks for
   */
  next(operation: Operation, dataSets: readonly string[] = []): Fault | undefined {
    const hits = this.#rules.filter((rule) => concerns(rule, operation, dataSets)).filter(countAndMatch);
    return hits[0]?.fault;
  }

  /** Calls back once, at the next clear(). */
  onceCleared(callback: () => void): void {
    this.#onClear.add(callback);
  }
}

function concerns(rule: FaultRule, operation: Operation, dataSets: readonly string[]): boolean {
  if (rule.fault.kind === 'refuse-data-set' && !dataSets.includes(rule.fault.dataSet)) return false;
  if (rule.operation !== undefined) return rule.operation === operation;
  if (ONLY_LOGIN.has(rule.fault.kind)) return operation === 'token';
  if (ONLY_SEARCH.has(rule.fault.kind)) return operation === 'searchOrders';
  if (rule.fault.kind === 'expired-url') return operation === 'getReportDocument';
  return isApiOperation(operation);
}
