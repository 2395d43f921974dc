import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Amazon, answer } from './api/answer.js';
import { AccessTokens } from './api/login.js';
import { DEFAULT_MARKETPLACE_IDS, marketplacesOf } from './api/marketplaces.js';
import { type ApiOperation, isQueueAction, type Operation } from './api/operations.js';
import { RequestLog, type RequestRecord } from './api/request-log.js';
import { type UsagePlan, UsagePlans } from './api/throttle.js';
import { type FaultRule, FaultSchedule } from './faults/faults.js';
import { type Hold, Holds } from './faults/holds.js';
import { OrderFaults } from './faults/order-faults.js';
import { type NotificationSettings, Notifications } from './notifications/notifications.js';
import { OrderTexts } from './orders/included-data.js';
import { OrderBook } from './orders/order-book.js';
import { type ReportSettings, Reports } from './reports/reports.js';
import { QUEUE_NAME, Queues, queuePath } from './sqs/queues.js';

export type { ApiOperation, Operation } from './api/operations.js';
export type { RequestRecord } from './api/request-log.js';
export type { UsagePlan, UsagePlans } from './api/throttle.js';
export type { EventFault, EventFaultRule } from './faults/event-faults.js';
export type { Fault, FaultKind, FaultRule, FaultSchedule } from './faults/faults.js';
export type { Hold } from './faults/holds.js';
export { type OddAnswer, UNREADABLE_MEMBERS } from './faults/odd-answers.js';
export type { OrderFault, OrderFaults } from './faults/order-faults.js';
export type { ReportFault, ReportFaultRule } from './faults/report-faults.js';
export type { NotificationSettings, Notifications, PublishedEvent } from './notifications/notifications.js';
export type { ChangeOptions, OrderBook } from './orders/order-book.js';
export type { Money, ProceedsRow, RawOrder, SimulatedItem, SimulatedOrder } from './orders/order-shape.js';

export type { CreatedReport, ReportSettings, Reports } from './reports/reports.js';
export type { Queue, QueueSettings } from './sqs/queue.js';
export type { Queues } from './sqs/queues.js';

export interface SimulatorOptions {
  /** Default 0: any free one. */
  port?: number;
  /** How many orders the book has at the start (default 100). All oddities appear from 100 on. */
  orders?: number;
  /** Default 1. The same seed and start instant give the same orders. */
  seed?: number;
  /** The account's marketplaces (default US, CA, MX). */
  marketplaceIds?: readonly string[];
  /** The clock, in milliseconds (default Date.now). */
  now?: () => number;
  /** The orders don't change after the start (default false). */
  settled?: boolean;
  /** All updates lie within this number of days before the start, and more than 5 minutes before it. */
  updatedWithinDays?: number;
  /** The orders are created evenly over this number of days before the start; not together with `updatedWithinDays`. */
  createdWithinDays?: number;
  /** Values unknown to the model: a status, a fulfiller, a program (default true). */
  unknownWords?: boolean;
  /** Late prices don't change `lastUpdatedTime` (default false). */
  silentPricing?: boolean;
  /** The order of results, which Amazon doesn't guarantee: by time (default) or shuffled. */
  order?: 'updated' | 'shuffled';
  /** Maximum page size, which may be below the requested one (default 100). */
  maxPerPage?: number;
  /** Caches each order's JSON and its XML, 2 to 3 kB each, for faster answers (default false). */
  keepTexts?: boolean;
  /** Default 3600. */
  accessTokenLifeSeconds?: number;
  /** Plans in place of Amazon's, or no quota. */
  usagePlans?: Partial<Record<ApiOperation, UsagePlan>> | 'off';
  faults?: readonly FaultRule[];
  /** How reports are made, where it differs from the defaults. */
  reports?: Partial<ReportSettings>;
  /** How notifications are sent, where it differs from the defaults. */
  notifications?: Partial<NotificationSettings>;
}

/** "Amazon": the login and the SP-API on one address of this machine. */
export interface Simulator {
  /** The base address, for SP_API_ENDPOINT and LWA_ENDPOINT both, such as http://127.0.0.1:8787. */
  readonly url: string;
  readonly port: number;
  readonly marketplaceIds: readonly string[];
  readonly book: OrderBook;
  readonly faults: FaultSchedule;
  /** Faults of single orders. */
  readonly orderFaults: OrderFaults;
  /** The reports that were requested, their settings and faults. */
  readonly reports: Reports;
  /** Destinations, the subscription, and the events of the book's changes with their faults. */
  readonly notifications: Notifications;
  /** The queues of the simulated AWS account, with the log of requests to them. */
  readonly queues: Queues;
  /** The URL of the queue that is there from the start, for NOTIFICATIONS_QUEUE_URL. */
  readonly queueUrl: string;
  readonly usagePlans: UsagePlans;
  /** The last 10,000 requests, oldest first; those to queues are in `queues.log`. */
  readonly requests: readonly RequestRecord[];
  /** The maximum number of concurrent requests since the start or clearRequests(). */
  readonly maxConcurrent: number;
  /** Requests of an operation, or of all but those to queues, since the start or clearRequests(). */
  count(operation?: Operation): number;
  clearRequests(): void;
  /** Holds requests of this operation until released. */
  hold(operation: Operation): Hold;
  /** Milliseconds on the simulator's clock. */
  now(): number;
  /** Advances the simulator's clock: orders change, tokens expire, quota is added. */
  advance(ms: number): void;
  /** Calls back when the simulator is closed. */
  onClose(callback: () => void): void;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts the simulator on 127.0.0.1; rejects if the port is in use or an option is invalid. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, order = 'updated', maxPerPage = 100, faults: rules = [] } = options;
  const { marketplaceIds = DEFAULT_MARKETPLACE_IDS } = options;
  let offset = 0;
  const clock = options.now ?? Date.now;
  const now = () => clock() + offset;
  const faults = new FaultSchedule();
  for (const rule of rules) faults.add(rule);
  const book = makeBook(now, options, marketplaceIds);
  const queues = new Queues(now);
  const amazon: Amazon = {
    now,
    order,
    maxPerPage,
    texts: options.keepTexts ? new OrderTexts() : undefined,
    reportTexts: options.keepTexts ? new WeakMap() : undefined,
    marketplaceIds,
    faults,
    orderFaults: new OrderFaults(),
    book,
    reports: new Reports(now, book, options.reports),
    queues,
    notifications: new Notifications(now, book, queues, options.notifications),
    tokens: new AccessTokens(now, options.accessTokenLifeSeconds),
    usagePlans: new UsagePlans(now, options.usagePlans),
    holds: new Holds(),
    log: new RequestLog(),
  };
  const server = createServer((request, response) => {
    answer(amazon, request, response).catch((error: Error) => response.destroy(error));
  });
  const actualPort = await listen(server, port);
  return {
    url: `http://${HOST}:${actualPort}`,
    port: actualPort,
    marketplaceIds,
    book: amazon.book,
    faults,
    orderFaults: amazon.orderFaults,
    reports: amazon.reports,
    notifications: amazon.notifications,
    queues,
    queueUrl: `http://${HOST}:${actualPort}${queuePath(QUEUE_NAME)}`,
    usagePlans: amazon.usagePlans,
    requests: amazon.log.records,
    get maxConcurrent() {
      return amazon.log.maxConcurrent;
    },
    count: (operation) =>
      operation !== undefined && isQueueAction(operation) ? queues.log.count(operation) : amazon.log.count(operation),
    clearRequests: () => {
      amazon.log.clear();
      queues.log.clear();
    },
    hold: (operation) => amazon.holds.hold(operation),
    now,
    advance: (ms) => {
      offset += ms;
      amazon.notifications.catchUp();
      queues.wake();
    },
    onClose: (callback) => server.once('close', callback),
    close: () => close(server, amazon),
  };
}

const HOST = '127.0.0.1';

function makeBook(now: () => number, options: SimulatorOptions, marketplaceIds: readonly string[]): OrderBook {
  const { orders = 100, seed = 1, unknownWords = true } = options;
  const { settled = false, updatedWithinDays, createdWithinDays, silentPricing = false } = options;
  if (updatedWithinDays !== undefined && createdWithinDays !== undefined) {
    throw new Error('set updatedWithinDays or createdWithinDays, not both');
  }
  const account = { seed, unknownWords, marketplaces: marketplacesOf(marketplaceIds) };
  return new OrderBook(now, orders, account, {
    start: now(),
    settled,
    updatedWithinDays,
    createdWithinDays,
    silentPricing,
  });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server, { holds, faults }: Amazon): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    faults.clear();
    holds.releaseAll();
  });
}
