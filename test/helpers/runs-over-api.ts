import { expect } from 'vitest';
import type { ApiClient } from '../../src/cli/demo/api-client.js';
import { openDatabase } from '../../src/database/database.js';
import type { Simulator } from '../../src/simulator/simulator.js';
import { differences } from './truth.js';
import type { ServerProcess } from './with-process.js';

/** A run as the API shows it. */
export interface Run {
  readonly id: string;
  readonly status: string;
  readonly pages: number;
  readonly ordersSeen: number;
  readonly errorCode: string | null;
  readonly error: string | null;
}

const PROGRESS = `subscription ($id: ID) { syncProgress(runId: $id) { id status pages ordersSeen errorCode error } }`;

/** Starts a run with items; returns its id. */
export async function startRun(api: ApiClient): Promise<string> {
  const { syncOrders } = await api.request<{ syncOrders: Run }>(`mutation { syncOrders(includeItems: true) { id } }`);
  return syncOrders.id;
}

/** Watches the run over a WebSocket until a state passes. @throws {Error} if the stream ends before. */
export async function untilRun(api: ApiClient, id: string, passes: (run: Run) => boolean): Promise<Run> {
  for await (const { syncProgress } of api.subscribe<{ syncProgress: Run }>(PROGRESS, { id }))
    if (passes(syncProgress)) return syncProgress;
  throw new Error('The stream ended before.');
}

export const hasEnded = (run: Run) => run.status !== 'RUNNING';

/** Checks that one more run ends OK, the server stops cleanly, and the tables equal the simulator's orders. */
export async function expectConverged(
  env: Record<string, string>,
  server: ServerProcess,
  simulator: Simulator,
): Promise<void> {
  expect(await untilRun(server.api, await startRun(server.api), hasEnded)).toMatchObject({ status: 'OK' });
  server.kill('SIGTERM');
  expect(await server.ended, server.output()).toBe(0);
  const database = await openDatabase(
    env.DATABASE_URL ? { kind: 'postgres', url: env.DATABASE_URL } : { kind: 'pglite', dataDir: env.DATA_DIR ?? '' },
  );
  try {
    expect(await differences(database, simulator)).toEqual([]);
  } finally {
    await database.close();
  }
}

/** Resolves when the n-th searchOrders from now has arrived at Amazon. */
export async function arrivals(simulator: Simulator, n: number): Promise<void> {
  for (let count = 0; count < n; count += 1) {
    const hold = simulator.hold('searchOrders');
    await hold.arrived;
    hold.release();
  }
}
