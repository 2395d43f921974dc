import { fork } from 'node:child_process';
import { once } from 'node:events';
import { pathOf } from '../lib/children.js';
import { atTheEnd } from '../lib/cleanup.js';

const LONGEST_WAIT_MS = 20_000;

/**
 * @typedef {object} Audience
 * @property {(pages: number, since: bigint) => Promise<number[]>} saw once all have seen the run at so many pages: the
 *   milliseconds that it took each, since then
 * @property {() => Promise<void>} leave
 */

/**
 * Subscribers in a process of their own, once all of them have been told the run's present state.
 * @param {{ url: string, authorization: string, runId: string, count: number }} options
 * @returns {Promise<Audience>}
 */
export async function openAudience(options) {
  const child = fork(pathOf('bench/watch/subscribers.js'), [JSON.stringify(options)]);
  const ended = once(child, 'exit').then(() => {
    throw new Error('The subscribers ended before their time.');
  });
  ended.catch(() => {});
  const leave = atTheEnd(async () => {
    child.disconnect();
    await ended.catch(() => {});
  });
  /** @type {Map<number, bigint[]>} */
  const arrivals = new Map();
  child.on('message', (/** @type {any} */ message) => arrivals.set(message.pages, message.arrivals.map(BigInt)));

  /** @param {number} pages @param {bigint} since */
  const saw = async (pages, since) => {
    const signal = AbortSignal.timeout(LONGEST_WAIT_MS);
    while (!arrivals.has(pages)) await Promise.race([once(child, 'message', { signal }), ended]);
    return (arrivals.get(pages) ?? []).map((at) => Number(at - since) / 1e6);
  };
  await saw(0, 0n);
  return { saw, leave };
}
