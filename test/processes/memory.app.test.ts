import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { databaseKind } from '../helpers/with-database.js';
import { connectAsOwner, sharedDatabase, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

const SMALL_RUN = 2_000;
/** `MEMORY_ORDERS=200000 npx vitest run --project postgres test/processes/memory` for the size named in the requirement. */
const MANY = Number(process.env.MEMORY_ORDERS ?? 10_000);
const MEGABYTE = 1_000_000;

/** docs/operations.md: what a server on PostgreSQL needs. */
const MAX_PEAK = 300 * MEGABYTE;

interface Memory {
  readonly rss: number;
  /** The largest resident set so far. */
  readonly peak: number;
  readonly heapUsed: number;
}

/** Returns the memory of a fresh server after a run and a garbage collection, in bytes. The simulator is in this process. */
async function memoryAfter(orders: number): Promise<Memory> {
  const simulator = await withSimulator({ orders });
  const env = { ...(await sharedDatabase()), SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
  const server = await startProcess(env, { shortLease: true, nodeFlags: ['--expose-gc'] });
  await connectAsOwner(server.api, simulator.marketplaceIds);
  const run = await untilRun(server.api, await startRun(server.api), hasEnded);
  expect(run).toMatchObject({ status: 'OK', ordersSeen: orders });
  server.kill('SIGUSR2');
  const line = await vi.waitFor(() => {
    const found = /^.*Garbage is collected.*$/m.exec(server.output());
    if (!found) throw new Error('No line with the memory yet.');
    return found[0];
  }, 60_000);
  const [, peakKilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? [];
  server.kill('SIGKILL');
  await server.ended;
  return { ...(JSON.parse(line) as { memory: Memory }).memory, peak: Number(peakKilobytes) * 1024 };
}

it.runIf(databaseKind === 'postgres')(
  `a run of ${MANY} orders grows the process by less than 100 MB over a run of ${SMALL_RUN}, to less than 300 MB`,
  // Freed memory that an allocator keeps differs by tens of megabytes between equal processes; a leak shows in
  // every pair.
  { retry: 2, timeout: 60_000 + MANY * 5 },
  async () => {
    const [few, many] = [await memoryAfter(SMALL_RUN), await memoryAfter(MANY)];
    const grown = (what: keyof Memory) => (many[what] - few[what]) / MEGABYTE;
    const inMegabytes = ({ rss, peak, heapUsed }: Memory) =>
      `${Math.round(rss / MEGABYTE)} MB (heap ${Math.round(heapUsed / MEGABYTE)}, peak ${Math.round(peak / MEGABYTE)})`;
    process.stdout.write(`After ${SMALL_RUN} orders ${inMegabytes(few)}, after ${MANY} ${inMegabytes(many)}.\n`);
    expect(grown('rss')).toBeLessThan(100);
    expect(many.peak).toBeLessThan(MAX_PEAK);
    // A leak per order would show here: 4 MB over 8,000 orders are 100 MB over 200,000.
    expect(grown('heapUsed')).toBeLessThan(4 * Math.max(1, MANY / 10_000));
  },
);
