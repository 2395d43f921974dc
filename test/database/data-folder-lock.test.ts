import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockDataFolder } from '../../src/database/driver/data-folder-lock.js';

describe('the lock on the data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ordermirror-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const IMPATIENT = { waitMs: 0, silenceMs: 300 };
  const otherPath = () => join(folder, 'ordermirror.lock.other');
  /** Writes the lock file of a process of another machine. */
  const lockFromElsewhere = () =>
    writeFileSync(otherPath(), JSON.stringify({ pid: 7, host: 'elsewhere', kernel: 'another', listens: true }));
  /** Runs the compiled module in a separate process. */
  const inAnotherProcess = (script: string) =>
    spawnSync(process.execPath, ['--input-type=module', '-e', script, folder], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    });

  it('has one holder at a time', async () => {
    const unlock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder, IMPATIENT)).rejects.toThrow(
      new RegExp(`in use by process ${process.pid}\\. Stop.*DATA_DIR`),
    );
    const next = lockDataFolder(folder);
    unlock();
    (await next)();
    await vi.waitFor(() => expect(readdirSync(folder)).toEqual([]), 60_000);
  });

  it('#38 is free after its holder died without a release', async () => {
    const died = inAnotherProcess(`
      import { lockDataFolder } from './dist/database/driver/data-folder-lock.js';
      await lockDataFolder(process.argv[1]);
      process.kill(process.pid, 'SIGKILL');`);
    expect(died.signal, died.stderr).toBe('SIGKILL');
    expect(readdirSync(folder)).toHaveLength(2);
    const unlock = await lockDataFolder(folder, { waitMs: 0, silenceMs: 60_000 });
    expect(readdirSync(folder)).toHaveLength(2);
    unlock();
  });

  it('#52 is taken over once the heartbeat of another machine stops, not before', async () => {
    lockFromElsewhere();
    const heartbeat = setInterval(() => utimesSync(otherPath(), new Date(), new Date()), 50);
    await expect(lockDataFolder(folder, IMPATIENT)).rejects.toThrow(/in use by process 7 on elsewhere/);
    clearInterval(heartbeat);
    const unlock = await lockDataFolder(folder, IMPATIENT);
    expect(readdirSync(folder)).not.toContain('ordermirror.lock.other');
    unlock();
  });

  it('is taken over if the lock file is unreadable and has no heartbeat', async () => {
    writeFileSync(otherPath(), 'torn');
    (await lockDataFolder(folder, IMPATIENT))();
  });

  it('#52 ends a holder that lost it', async () => {
    const { status, stderr } = inAnotherProcess(`
      import { rmSync, readdirSync } from 'node:fs';
      import { lockDataFolder } from './dist/database/driver/data-folder-lock.js';
      await lockDataFolder(process.argv[1], { heartbeatMs: 20 });
      for (const name of readdirSync(process.argv[1])) rmSync(process.argv[1] + '/' + name);
      setTimeout(() => process.exit(0), 5_000);`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/lock file .* is gone: another process may have taken over .* writes nothing more/);
  });

  it('works in a folder with a path too long for a socket', async () => {
    folder = join(folder, 'x'.repeat(120));
    mkdirSync(folder);
    const unlock = await lockDataFolder(folder);
    const [lock = ''] = readdirSync(folder);
    expect(JSON.parse(readFileSync(join(folder, lock), 'utf8'))).toMatchObject({
      pid: process.pid,
      host: hostname(),
      listens: process.platform === 'linux',
    });
    await expect(lockDataFolder(folder, { waitMs: 0 })).rejects.toThrow(/in use by process/);
    unlock();
  });

  it('never has two holders of many contenders at once', async () => {
    const state = { holders: 0, most: 0, turns: 0 };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const unlock = await lockDataFolder(folder, { waitMs: 20_000 });
        state.most = Math.max(state.most, ++state.holders);
        state.turns++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        state.holders--;
        unlock();
      }),
    );
    expect(state).toEqual({ holders: 0, most: 1, turns: 8 });
  });
});
