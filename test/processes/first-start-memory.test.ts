import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { memoryLimit } from '../helpers/memory-limit.js';
import { startProcess, temporaryFolder } from '../helpers/with-process.js';

const MEGABYTES = 512;

it(`#57 the first start on the embedded database takes less than ${MEGABYTES} MB`, async ({ skip }) => {
  if (!existsSync('/proc/self/status')) return skip('Peak memory is read from /proc, which this system lacks.');
  const DATA_DIR = temporaryFolder();
  const through = memoryLimit(MEGABYTES);
  if (!through) process.stdout.write('No memory limit can be set here: only the peak of the first start is checked.\n');
  const server = await startProcess({ DATA_DIR }, { through: through ?? [] });
  const [, peakKilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8')) ?? [];
  expect(Number(peakKilobytes) / 1024).toBeLessThan(MEGABYTES);
  expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
  server.kill('SIGKILL');
  await server.ended;
});
