import { expect } from 'vitest';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { SimulatorOptions } from '../../src/simulator/simulator.js';
import { type AppOptions, startTestApp, type TestApp } from './with-app.js';

/** The simulator makes reports at once, and the app looks at them at once. */
const AT_ONCE = { queueMs: 0, processingMs: 0 };
/** Amazon's rate header raises the pace of the client. */
const FAST = { rate: 1_000, burst: 1_000 };
const REPORTS = { pollMs: 5, retryMs: 5, patienceMs: 60_000 };

/** Starts the app and a simulated Amazon whose orders were created over the given number of days. */
export async function withHistoryApp(days: number, options: SimulatorOptions = {}, app: AppOptions = {}) {
  const { reports, ...rest } = options;
  const started = await startTestApp(
    {
      createdWithinDays: days,
      usagePlans: { createReport: FAST, getReport: FAST, getReportDocument: FAST },
      reports: { ...AT_ONCE, ...reports },
      ...rest,
    },
    { ...app, change: (config) => (app.change ?? ((same) => same))({ ...config, reports: REPORTS }) },
  );
  return started;
}

/** Follows a run to its end; returns its last state. */
export async function endOfRun({ app }: TestApp, id: bigint): Promise<SyncRun> {
  let last: SyncRun | undefined;
  for await (const run of app.engine.watch(id, new AbortController().signal)) last = run;
  if (!last) throw new Error('The watch ended without a run.');
  return last;
}

/** Starts a run by a mutation that returns `id`, and follows it to its end. */
export async function runByMutation(test: TestApp, mutation: string): Promise<SyncRun> {
  const data = await test.owner.request<Record<string, { id: string }>>(`mutation { run: ${mutation} { id } }`);
  const [, id] = Buffer.from(data.run?.id ?? '', 'base64')
    .toString()
    .split(':');
  return endOfRun(test, BigInt(id ?? ''));
}

export async function expectOk(run: Promise<SyncRun>): Promise<SyncRun> {
  const ended = await run;
  expect({ status: ended.status, error: ended.error }).toEqual({ status: 'OK', error: null });
  return ended;
}
