import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { atTheEnd } from './cleanup.js';

const STOP_TIMEOUT_MS = 8_000;
const START_TIMEOUT_MS = 60_000;

/**
 * @typedef {object} Server a process of ours that serves
 * @property {string} url where it listens
 * @property {number} readyMs from its start to the line that says where it listens
 * @property {() => Promise<void>} stop asks it to end, and makes it
 */

/**
 * Starts a Node program of this repository and waits for a line of it with `listens on http://…`.
 * @param {string} program path from the repository's root
 * @param {{ args?: string[], env?: Record<string, string>, nodeFlags?: string[], node?: string }} [options] node: the binary
 * @returns {Promise<Server>}
 */
export async function startServer(program, { args = [], env = {}, nodeFlags = [], node = process.execPath } = {}) {
  const startedAt = performance.now();
  const child = spawn(node, [...nodeFlags, pathOf(program), ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  // Should this process end in some other way than by closing everything.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  void ended.then(() => process.off('exit', kill));
  const stop = atTheEnd(async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  });
  let printed = '';
  const timer = setTimeout(kill, START_TIMEOUT_MS);
  /** @type {Promise<string>} */
  const listening = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        printed = (printed + text).slice(-10_000);
        const [, url] = /listens on (http:\/\/[\w.:]+)/.exec(printed) ?? [];
        if (url) resolve(url);
      });
    void ended.then(() => reject(new Error(`${program} ended before it listened:\n${printed.trim()}`)));
  });
  try {
    const url = await listening;
    return { url, readyMs: performance.now() - startedAt, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** @param {string} program path from the repository's root */
export function pathOf(program) {
  return fileURLToPath(new URL(`../../${program}`, import.meta.url));
}
