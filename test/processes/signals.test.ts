import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startProcess, temporaryFolder } from '../helpers/with-process.js';

it('#60 SIGHUP stops the server as SIGTERM does', async () => {
  const server = await startProcess({ DATA_DIR: temporaryFolder() });
  server.kill('SIGHUP');
  expect(await server.ended).toBe(0);
  expect(server.output()).toMatch(/SIGHUP: stopping\.[\s\S]*Stopped\./);
});

it('#60 the server stops and frees its port when the npm that started it is killed', async () => {
  const DATA_DIR = temporaryFolder();
  const npm = spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { PATH: process.env.PATH, HOME: DATA_DIR, DATA_DIR, PORT: '0', SYNC_CRON: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  onTestFinished(() => void npm.kill('SIGKILL'));
  const url = await vi.waitFor(() => {
    const address = /listens on (http:\/\/[\d.:]+)/.exec(output)?.[1];
    if (!address) throw new Error(`It does not listen yet:\n${output}`);
    return address;
  }, 60_000);
  npm.kill('SIGKILL');
  await vi.waitFor(() => expect(output).toContain('Stopped.'), 60_000);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
});
