import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeReply, deliveryOf, replyInstead } from '../faults/fault-effects.js';
import type { Fault, FaultSchedule } from '../faults/faults.js';
import type { Holds } from '../faults/holds.js';
import type { OrderFaults } from '../faults/order-faults.js';
import { type NotificationsAccount, notificationsReply } from '../notifications/notifications-api.js';
import {
  createReport,
  downloadReport,
  getReport,
  getReportDocument,
  type ReportsAccount,
} from '../reports/reports-api.js';
import { type QueueAccount, queueReply } from '../sqs/sqs-api.js';
import { queueFailure, unknownAction } from '../sqs/sqs-errors.js';
import {
  ErrorReply,
  internalFailure,
  invalidInput,
  missingToken,
  quotaExceeded,
  type Reply,
  readBody,
  send,
} from './http.js';
import type { AccessTokens } from './login.js';
import { login } from './login.js';
import {
  GRANTLESS_OPERATIONS,
  isApiOperation,
  isNotificationOperation,
  isQueueAction,
  queueActionOf,
  type Route,
  routeOf,
} from './operations.js';
import { getOrder, type OrdersAccount, searchOrders } from './orders-api.js';
import type { RequestLog } from './request-log.js';
import { marketplaceParticipations } from './sellers-api.js';
import type { UsagePlans } from './throttle.js';

/** The state of the simulated Amazon. */
export interface Amazon extends OrdersAccount, ReportsAccount, NotificationsAccount, QueueAccount {
  notifications: NotificationsAccount['notifications'];
  now: () => number;
  tokens: AccessTokens;
  usagePlans: UsagePlans;
  faults: FaultSchedule;
  orderFaults: OrderFaults;
  holds: Holds;
  log: RequestLog;
}

/** Answers one request: logs and holds it, applies faults, then checks token and quota and runs the operation. */
export async function answer(amazon: Amazon, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/', headers } = request;
  const { pathname, searchParams: query } = new URL(url, 'http://simulator');
  const target = headers['x-amz-target']?.toString();
  const action = queueActionOf(target);
  if (action === 'unknown') return send(response, unknownAction(target ?? ''));
  const route = action === undefined ? routeOf(method, pathname) : { operation: action, id: '', subId: '' };
  if (route === undefined) return send(response, missingToken().reply);
  const { operation } = route;
  const entry = (action === undefined ? amazon.log : amazon.queues.log).begin({
    operation,
    method,
    path: pathname,
    query: operation === 'token' || operation === 'downloadReport' ? {} : Object.fromEntries(query),
    status: undefined,
    at: amazon.now(),
    userAgent: headers['user-agent'],
  });
  response.once('close', () => entry.leave());
  await amazon.holds.pass(operation);
  const fault = amazon.faults.next(operation, query.get('includedData')?.split(','));
  if (fault?.kind === 'delay') await sleep(fault.ms ?? 1000);
  if (response.destroyed) return;
  if (fault?.kind === 'reset') return void response.destroy();
  if (fault?.kind === 'hang') return amazon.faults.onceCleared(() => response.destroy());
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const instead = fault && replyInstead(fault, { ...amazon, operation, query });
  const reply = instead ?? (await regularReply(amazon, request, route, query, fault, gone.signal));
  if (response.destroyed) return;
  entry.answered(reply.status);
  const sent = amazon.orderFaults.applyTo(fault ? changeReply(fault, reply) : reply);
  response.setHeader('date', new Date(amazon.now()).toUTCString());
  await send(response, withRate(amazon, route, sent), deliveryOf(fault, amazon.faults));
  entry.leave();
}

async function regularReply(
  amazon: Amazon,
  request: IncomingMessage,
  route: Route,
  query: URLSearchParams,
  fault: Fault | undefined,
  signal: AbortSignal,
): Promise<Reply> {
  const { operation, id } = route;
  try {
    if (isQueueAction(operation)) return await queueReply(amazon, operation, request, signal);
    if (operation === 'token') {
      const grantsScope = amazon.notifications.settings.scope === 'granted';
      return login(await readBody(request), request.headers['content-type'] ?? '', amazon.tokens, grantsScope);
    }
    if (operation === 'downloadReport') return downloadReport(amazon, id, request);
    const kind = GRANTLESS_OPERATIONS.includes(operation) ? 'grantless' : 'seller';
    amazon.tokens.check(request.headers['x-amz-access-token']?.toString(), kind);
    if (!amazon.usagePlans.take(operation)) throw quotaExceeded();
    assertPlain(request);
    if (isNotificationOperation(operation)) {
      return await notificationsReply(amazon, { ...route, operation }, query, request);
    }
    switch (operation) {
      case 'getOrder':
        return amazon.orderFaults.replyInstead(id) ?? getOrder(amazon, id, query);
      case 'getMarketplaceParticipations':
        return marketplaceParticipations(amazon.marketplaceIds);
      case 'searchOrders':
        return searchOrders(amazon, query, amazon.now(), {
          repeat: fault?.kind === 'same-page-again' || fault?.kind === 'empty-page',
          toBeChanged: fault !== undefined || amazon.orderFaults.any,
        });
      case 'createReport':
        return await createReport(amazon, request);
      case 'getReport':
        return getReport(amazon, id, query);
      case 'getReportDocument': {
        const host = request.headers.host ?? 'localhost';
        return getReportDocument(amazon, id, query, { host, isExpired: fault?.kind === 'expired-url' });
      }
    }
  } catch (error) {
    if (error instanceof ErrorReply) return error.reply;
    return (isQueueAction(operation) ? queueFailure : internalFailure)(String(error)).reply;
  }
}

/** Source: Amazon's list of causes of 400, and its guideline on the user agent. */
function assertPlain({ method, headers }: IncomingMessage): void {
  if (method === 'GET' && (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined)) {
    throw invalidInput('A GET request has no body.');
  }
  if ((headers['user-agent'] ?? '').length > 500) throw invalidInput('The user agent has over 500 characters.');
}

/** The model declares the rate on 200, 202, 400 and 404 only. */
function withRate({ usagePlans }: Amazon, { operation }: Route, reply: Reply): Reply {
  const rate =
    isApiOperation(operation) && [200, 202, 400, 404].includes(reply.status) ? usagePlans.header(operation) : undefined;
  return rate === undefined ? reply : { ...reply, headers: { ...reply.headers, 'x-amzn-RateLimit-Limit': rate } };
}
