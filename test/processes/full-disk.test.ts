import { expect, it } from 'vitest';
import { arrivals, expectConverged, hasEnded, startRun, untilRun } from '../helpers/runs-over-api.js';
import { smallDisk } from '../helpers/small-disk.js';
import { connectAsOwner, startProcess } from '../helpers/with-process.js';
import { withSimulator } from '../helpers/with-sync.js';

it('a full disk ends a run with an error and loses nothing; the next run with free space converges', async ({
  skip,
}) => {
  const disk = smallDisk(160);
  if (!disk) return skip('No small disk can be mounted here.');
  const simulator = await withSimulator({ orders: 2_000 });
  const env = { DATA_DIR: disk.folder, SP_API_ENDPOINT: simulator.url, LWA_ENDPOINT: simulator.url };
  const server = await startProcess(env);
  await connectAsOwner(server.api, simulator.marketplaceIds);
  const id = await startRun(server.api);
  await arrivals(simulator, 4);
  // Little space is left: without the check, the embedded database would hang while writing its log.
  disk.fill(20);
  const run = await untilRun(server.api, id, hasEnded);
  expect(run).toMatchObject({ status: 'ERROR', errorCode: 'INTERRUPTED', ordersSeen: run.pages * 100 });
  expect(run.error).toMatch(/disk .*is full.*Free some space/);
  expect(server.output()).toContain('No space left on device');
  disk.fill(0);
  // The server still responds, with all committed rows.
  const { orders } = await server.api.request<{ orders: { totalCount: number } }>(
    '{ orders(first: 1) { totalCount } }',
  );
  expect(orders.totalCount).toBe(run.ordersSeen);
  disk.free();
  await expectConverged(env, server, simulator);
});
