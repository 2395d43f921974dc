import { gzipSync } from 'node:zlib';
import {
  apiError,
  type Delivery,
  internalFailure,
  invalidInput,
  JsonText,
  quotaExceeded,
  type Reply,
  StreamBody,
  unauthorized,
} from '../api/http.js';
import type { AccessTokens } from '../api/login.js';
import { invalidClient, invalidGrant, loginError, TOKEN_REVOKED, tokenExpired } from '../api/login.js';
import { isQueueAction, type Operation } from '../api/operations.js';
import { tokenRefused } from '../api/page-tokens.js';
import type { SimulatedOrder } from '../orders/order-shape.js';
import { accessDenied, storeError } from '../reports/s3-errors.js';
import { accessDenied as queueAccessDenied, queueFailure, throttled } from '../sqs/sqs-errors.js';
import type { Fault, FaultSchedule } from './faults.js';

const GATEWAY_PAGE =
  '<html><head><title>503 Service Temporarily Unavailable</title></head><body>503 Service Temporarily Unavailable</body></html>';

/** A request and its account. */
export interface FaultContext {
  operation: Operation;
  query: URLSearchParams;
  marketplaceIds: readonly string[];
  tokens: AccessTokens;
}

/** Returns the answer that replaces the right one, if the fault has one. */
export function replyInstead(
  fault: Fault,
  { operation, query, marketplaceIds, tokens }: FaultContext,
): Reply | undefined {
  switch (fault.kind) {
    case '429':
      if (isQueueAction(operation)) return throttled().reply;
      return { ...quotaExceeded().reply, headers: quotaHeaders(fault) };
    case '500':
      return serverError(operation).reply;
    case '503-html':
      return { status: 503, body: GATEWAY_PAGE };
    case '504':
      return apiError(504, 'GatewayTimeout', 'Endpoint request timed out');
    case '400-invalid-input':
      return invalidInput().reply;
    case 'expire-access-token':
      tokens.expireAll();
      return tokenExpired().reply;
    case 'revoke-access-token':
      tokens.expireAll();
      return unauthorized(TOKEN_REVOKED).reply;
    case 'security-token-expired':
      return unauthorized('The security token included in the request is expired').reply;
    case '403-html':
      return { status: 403, body: '<html><body><h1>403 Forbidden</h1></body></html>' };
    case '403-forbidden':
      if (isQueueAction(operation)) return queueAccessDenied(operation).reply;
      return operation === 'downloadReport' ? accessDenied().reply : { status: 403, body: { message: 'Forbidden' } };
    case 'gzip-bomb':
      return gzipBomb(fault.megabytes ?? 480);
    case 'refuse-page-token':
      return query.has('paginationToken') ? tokenRefused().reply : undefined;
    case 'forbid-marketplace': {
      const asked = query.get('marketplaceIds')?.split(',') ?? marketplaceIds;
      return asked.includes(fault.marketplaceId) ? unauthorized().reply : undefined;
    }
    case 'refuse-data-set':
      return (fault.status === 403 ? unauthorized() : invalidInput()).reply;
    case 'invalid-grant':
      return { ...invalidGrant().reply, ...(fault.status !== undefined && { status: fault.status }) };
    case 'invalid-client':
      return invalidClient().reply;
    default:
      return undefined;
  }
}

function serverError(operation: Operation) {
  if (operation === 'token') return loginError(500, 'server_error', 'Internal error');
  if (isQueueAction(operation)) return queueFailure();
  return operation === 'downloadReport' ? storeError(500, 'InternalError', 'Please try again.') : internalFailure();
}

/** Returns the regular answer, changed by a fault. */
export function changeReply(fault: Fault, reply: Reply): Reply {
  if (fault.kind === 'wrong-content-type')
    return { ...reply, headers: { ...reply.headers, 'content-type': 'text/html' } };
  if (fault.kind === 'headers') return { ...reply, headers: { ...reply.headers, ...fault.headers } };
  if (reply.body instanceof StreamBody) return reply;
  if (fault.kind === 'rewrite') return rewritten(reply, fault.rewrite);
  if (fault.kind === 'malformed')
    return { ...reply, headers: { 'content-type': 'application/json', ...reply.headers }, body: '{"orders":[' };
  const body = reply.body as { orders?: SimulatedOrder[]; order?: SimulatedOrder };
  if (reply.status !== 200 || (body.orders === undefined && body.order === undefined)) return reply;
  if (fault.kind === 'empty-page') return { ...reply, body: { ...body, ...(body.orders && { orders: [] }) } };
  const change = (order: SimulatedOrder, index: number): SimulatedOrder => {
    if (fault.kind === 'unreadable-order' && index === (fault.index ?? 0))
      return { ...order, createdTime: 'yesterday' };
    return fault.kind === 'omit-fulfillment' ? withoutFulfillment(order) : order;
  };
  return {
    ...reply,
    body: {
      ...body,
      ...(body.orders && { orders: body.orders.map(change) }),
      ...(body.order && { order: change(body.order, 0) }),
    },
  };
}

function rewritten(reply: Reply, rewrite: (json: string) => string): Reply {
  const { body } = reply;
  const json = body instanceof JsonText ? Buffer.concat(body.pieces).toString('utf8') : JSON.stringify(body);
  return { ...reply, headers: { 'content-type': 'application/json', ...reply.headers }, body: rewrite(json) };
}

/** An empty list after many spaces, compressed by the megabyte: gzip members may be concatenated. */
function gzipBomb(megabytes: number): Reply {
  const spaces = gzipSync(Buffer.alloc(1_000_000, ' '));
  const pieces = [...Array.from({ length: megabytes }, () => spaces), gzipSync('[]')];
  return { status: 200, headers: { 'content-encoding': 'gzip' }, body: new JsonText(pieces) };
}

/** Returns how the answer is sent under a fault. */
export function deliveryOf(fault: Fault | undefined, faults: FaultSchedule): Delivery {
  if (fault?.kind === 'truncate') return { kind: 'truncated' };
  if (fault?.kind === 'stall') {
    return { kind: 'truncated', until: new Promise((resolve) => faults.onceCleared(resolve)) };
  }
  return fault?.kind === 'slow' ? { kind: 'chunks', ms: fault.ms ?? 1000 } : { kind: 'complete' };
}

function quotaHeaders({ rateLimitHeader, retryAfter }: Fault & { kind: '429' }): Record<string, string> {
  return {
    ...(rateLimitHeader !== undefined && { 'x-amzn-RateLimit-Limit': rateLimitHeader }),
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  };
}

function withoutFulfillment({ fulfillment: _, ...order }: SimulatedOrder): SimulatedOrder {
  return { ...order, orderItems: order.orderItems.map(({ fulfillment: __, ...item }) => item) };
}
