import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockDataFolder } from '../../src/database/data-folder-lock.js';

describe('the lock on the data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ordermirror-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const path = () => join(folder, 'ordermirror.lock');
  /** A process that was, and is no more. */
  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

  it('lets one in, and the next one when that has gone', () => {
    const unlock = lockDataFolder(folder);
    expect(() => lockDataFolder(folder)).toThrow(new RegExp(`in use by process ${process.pid}.*DATA_DIR`));
    unlock();
    lockDataFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is taken over from a process that died, one that has its number by now too', () => {
    writeFileSync(path(), JSON.stringify({ pid: deadPid(), host: hostname(), startedAt: '1' }));
    lockDataFolder(folder)();
    writeFileSync(path(), JSON.stringify({ pid: process.pid, host: hostname(), startedAt: '1' }));
    lockDataFolder(folder)();
    writeFileSync(path(), 'torn');
    lockDataFolder(folder)();
  });

  it('is not taken over from another machine, nor while another process is at it', () => {
    writeFileSync(path(), JSON.stringify({ pid: 1, host: 'elsewhere', startedAt: '1' }));
    expect(() => lockDataFolder(folder)).toThrow(/in use on the machine elsewhere.*delete .*ordermirror\.lock/);
    writeFileSync(path(), JSON.stringify({ pid: deadPid(), host: hostname(), startedAt: '1' }));
    writeFileSync(`${path()}.takeover`, '{}');
    expect(() => lockDataFolder(folder)).toThrow(/just being taken by another process/);
    expect(readFileSync(path(), 'utf8')).toContain('startedAt');
  });
});
