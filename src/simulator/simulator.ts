import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AccessTokens } from './api/access-tokens.js';
import { type Amazon, answer } from './api/answer.js';
import { DEFAULT_MARKETPLACE_IDS, marketplacesOf } from './api/marketplaces.js';
import type { ApiOperation, Operation } from './api/operations.js';
import { RequestLog, type RequestRecord } from './api/request-log.js';
import { type UsagePlan, UsagePlans } from './api/throttle.js';
import { type FaultRule, FaultSchedule } from './faults/faults.js';
import { Gates, type Hold } from './faults/gates.js';
import { OrderFaults } from './faults/order-faults.js';
import { OrderBook } from './orders/order-book.js';
import { OrderTexts } from './orders/order-texts.js';

export type { ApiOperation, Operation } from './api/operations.js';
export type { RequestRecord } from './api/request-log.js';
export type { UsagePlan, UsagePlans } from './api/throttle.js';
export type { Fault, FaultKind, FaultRule, FaultSchedule } from './faults/faults.js';
export type { Hold } from './faults/gates.js';
export { type OddAnswer, UNREADABLE_MEMBERS } from './faults/odd-answers.js';
export type { OrderFault, OrderFaults } from './faults/order-faults.js';
export type { ChangeOptions, OrderBook } from './orders/order-book.js';
export type { Money, ProceedsRow, RawOrder, SimulatedItem, SimulatedOrder } from './orders/order-shape.js';

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
  /** No future: the orders stay as they are at the start (default false: they live on). */
  settled?: boolean;
  /** All updates lie within so many days before the start, and more than 5 minutes before it. */
  updatedWithinDays?: number;
  /** Words that the model doesn't know: a status, a fulfiller, a program (default true). */
  unknownWords?: boolean;
  /** Late prices come without `lastUpdatedTime` moving (default false). */
  silentPricing?: boolean;
  /** Amazon promises no order of results: by time (default), or shuffled. */
  order?: 'updated' | 'shuffled';
  /** Pages of fewer orders than asked for: Amazon promises no full ones (default 100). */
  mostPerPage?: number;
  /** Keeps each order's JSON once it was asked for: answers come sooner, for 2 to 3 kB an order (default false). */
  keepTexts?: boolean;
  /** Default 3600. */
  accessTokenLifeSeconds?: number;
  /** Plans that differ from Amazon's, or no quota at all. */
  usagePlans?: Partial<Record<ApiOperation, UsagePlan>> | 'off';
  faults?: readonly FaultRule[];
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
  readonly usagePlans: UsagePlans;
  /** The last 10,000 requests, oldest first. */
  readonly requests: readonly RequestRecord[];
  /** The most requests that were under way at once, since the start or clearRequests(). */
  readonly maxConcurrent: number;
  /** Requests of an operation, or of all four, since the start or clearRequests(). */
  count(operation?: Operation): number;
  clearRequests(): void;
  /** Holds requests of this operation until released. */
  hold(operation: Operation): Hold;
  /** Milliseconds on the simulator's clock. */
  now(): number;
  /** Moves the simulator's clock ahead: orders live on, tokens expire, quota drips in. */
  advance(ms: number): void;
  /** Cuts all connections and stops listening. */
  close(): Promise<void>;
}

/** Starts the simulator on 127.0.0.1; rejects if the port is taken or an option can't be. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, order = 'updated', mostPerPage = 100, faults: rules = [] } = options;
  const { marketplaceIds = DEFAULT_MARKETPLACE_IDS } = options;
  let ahead = 0;
  const clock = options.now ?? Date.now;
  const now = () => clock() + ahead;
  const faults = new FaultSchedule();
  for (const rule of rules) faults.add(rule);
  const amazon: Amazon = {
    now,
    order,
    mostPerPage,
    texts: options.keepTexts ? new OrderTexts() : undefined,
    marketplaceIds,
    faults,
    orderFaults: new OrderFaults(),
    book: makeBook(now, options, marketplaceIds),
    tokens: new AccessTokens(now, options.accessTokenLifeSeconds),
    usagePlans: new UsagePlans(now, options.usagePlans),
    gates: new Gates(),
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
    usagePlans: amazon.usagePlans,
    requests: amazon.log.records,
    get maxConcurrent() {
      return amazon.log.maxConcurrent;
    },
    count: (operation) => amazon.log.count(operation),
    clearRequests: () => amazon.log.clear(),
    hold: (operation) => amazon.gates.hold(operation),
    now,
    advance: (ms) => {
      ahead += ms;
    },
    close: () => close(server, amazon),
  };
}

const HOST = '127.0.0.1';

function makeBook(now: () => number, options: SimulatorOptions, marketplaceIds: readonly string[]): OrderBook {
  const { orders = 100, seed = 1, unknownWords = true } = options;
  const { settled = false, updatedWithinDays, silentPricing = false } = options;
  const account = { seed, unknownWords, marketplaces: marketplacesOf(marketplaceIds) };
  return new OrderBook(now, orders, account, { start: now(), settled, updatedWithinDays, silentPricing });
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

function close(server: Server, { gates, faults }: Amazon): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
    faults.clear();
    gates.releaseAll();
  });
}
