import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { atTheEnd } from './cleanup.js';

export const JSON_HEADERS = { 'content-type': 'application/json' };

/**
 * Starts a Node program of this repository, by its path from the root, and waits for its line with `listens on http://…`.
 * Returns that address and the milliseconds until then.
 */
export async function startServer(program, { args = /** @type {string[]} */ ([]), env = {}, node = process.execPath }) {
  const startedAt = performance.now();
  const child = spawn(node, [pathOf(program), ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'close');
  const stop = atTheEnd(async () => {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', kill);
  });
  let output = '';
  const listening = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        output = (output + data).slice(-10_000);
        const [, url] = /listens on (http:\/\/[\w.:]+)/.exec(output) ?? [];
        if (url) resolve(url);
      });
    ended.then(() => reject(new Error(`${program} ended before it listened:\n${output}`)), reject);
  });
  return { url: await listening, readyMs: performance.now() - startedAt, stop };
}

/** Starts the server as `npm start` does once everything is built. */
export const startOrdermirror = (env, node = process.execPath) =>
  startServer('dist/ordermirror.js', { args: ['start'], env, node });

/** Registers the owner of a new server. Returns the headers of the owner's requests. */
export async function signUp(url) {
  const owner = '(email: "bench@example.com", password: "a long enough password")';
  const { register } = await ask(url, JSON_HEADERS, `mutation { register${owner} { token } }`);
  return { ...JSON_HEADERS, authorization: `Bearer ${register.token}` };
}

/** Sends one operation. Returns its data; throws its first error. */
export async function ask(url, headers, query, variables = {}) {
  const body = JSON.stringify({ query, variables });
  return dataOf(await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json(), query);
}

/** Returns the resident memory of a server, as its metrics report it. */
export async function residentMegabytes(/** @type {string} */ url) {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 1e6;
}

export function dataOf({ data, errors }, query) {
  if (errors) throw new Error(`${query}\nreturned: ${errors[0].message}`);
  return data;
}

export const pathOf = (program) => fileURLToPath(new URL(`../../${program}`, import.meta.url));
