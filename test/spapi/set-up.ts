import { onTestFinished } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.js';
import type { CallWatch } from '../../src/spapi/http/call-watch.js';
import type { SpApiClientOptions } from '../../src/spapi/http/client.js';
import type { OrdersPage } from '../../src/spapi/orders/order-source.js';
import { createSpApi, type SpApi } from '../../src/spapi/spapi.js';
import { createMemoryUsagePlans } from '../helpers/memory-usage-plans.js';
import { createVirtualClock, type VirtualClock } from '../helpers/virtual-clock.js';

export const credential = {
  clientId: 'amzn1.application-oa2-client.test',
  clientSecret: 'amzn1.oa2-cs.v1.SECRET',
  refreshToken: 'Atzr|REFRESH+/=',
};

/** Collects log lines. */
export function createTestLog() {
  const lines: string[] = [];
  const write = (fields: unknown, message?: string) => void lines.push(JSON.stringify([fields, message]));
  return { lines, logger: { debug: write, warn: write } };
}

/** Records what a call reports. */
export function createWatch() {
  const controller = new AbortController();
  const waits: (string | null)[] = [];
  let requests = 0;
  const watch: CallWatch = {
    signal: controller.signal,
    onRequest: () => {
      requests += 1;
    },
    onWait: (until) => waits.push(until?.toISOString() ?? null),
  };
  return {
    watch,
    waits,
    abort: (reason: unknown) => controller.abort(reason),
    get requests() {
      return requests;
    },
  };
}

export function clientOptions(url: string, clock: VirtualClock, more: Partial<SpApiClientOptions> = {}) {
  return {
    endpoint: url,
    lwaEndpoint: url,
    credential,
    usagePlans: createMemoryUsagePlans(clock),
    clock,
    logger: createTestLog().logger,
    version: '1.2.3',
    random: () => 0.5,
    ...more,
  };
}

export interface SetUp {
  readonly amazon: Simulator;
  readonly api: SpApi;
  readonly clock: VirtualClock;
}

/** A simulator and the real client on one virtual clock; both closed when the test ends. */
export async function setUp(
  simulated: SimulatorOptions = {},
  more: Partial<SpApiClientOptions> = {},
  clock = createVirtualClock(),
): Promise<SetUp> {
  const amazon = await startSimulator({ now: clock.time, settled: true, updatedWithinDays: 20, ...simulated });
  const api = createSpApi(clientOptions(amazon.url, clock, more));
  onTestFinished(async () => {
    api.close();
    await amazon.close();
  });
  return { amazon, api, clock };
}

/** Everything of the last 30 days, up to three minutes ago. */
export function lastMonth({ amazon, clock }: SetUp) {
  return {
    marketplaceIds: amazon.marketplaceIds,
    lastUpdatedAfter: new Date(clock.time() - 30 * 24 * 3_600_000),
    lastUpdatedBefore: new Date(clock.time() - 180_000),
  };
}

export async function allPages(pages: AsyncIterable<OrdersPage>): Promise<OrdersPage[]> {
  const all: OrdersPage[] = [];
  for await (const page of pages) all.push(page);
  return all;
}
