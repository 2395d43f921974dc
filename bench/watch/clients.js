import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { atTheEnd } from '../lib/cleanup.js';
import { JWT_SECRET } from '../lib/databases.js';
import { median, ms, number, quantile } from '../lib/measure.js';
import { createTokens, systemClock } from '../lib/ordermirror.js';
import { pathOf } from '../lib/servers.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** The heap of this process after a garbage collection. */
export const heapBytes = () => collectGarbage() ?? process.memoryUsage().heapUsed;

const USERS_SQL = `
  INSERT INTO users (email, password_hash, role)
  SELECT 'user' || n || '@example.com', 'none', 'VIEWER' FROM generate_series(1, $1::int) AS n RETURNING id`;

/** Inserts users. Returns a session token of each. */
export async function usersWithTokens(database, /** @type {number} */ count) {
  const { issue } = createTokens({ jwtSecret: JWT_SECRET, clock: systemClock });
  const ids = /** @type {{ id: bigint }[]} */ (await database.query(USERS_SQL, [count]));
  return Promise.all(ids.map(async ({ id }) => (await issue(id)).token));
}

/**
 * Starts subscribers in a separate process. Resolves once all have received the first value, with a function that
 * returns the instants at which they receive the next one.
 */
export async function openSubscribers(options) {
  const child = fork(pathOf('bench/watch/subscribers.js'));
  atTheEnd(async () => {
    const ended = child.exitCode === null && once(child, 'exit');
    if (child.connected) child.disconnect();
    await ended;
  });
  const received = async () => (await once(child, 'message', { signal: AbortSignal.timeout(60_000) }))[0];
  child.send(options);
  await received();
  return received;
}

/**
 * Measures how long after its commit a change reaches the subscribers that `received` waits for.
 * @returns the rounds, columns and rows of a table
 */
export async function measureDeliveries({ received, commit, rounds, clients, users, heapBefore, word }) {
  const kilobytes = (heapBytes() - heapBefore) / 1_000 / clients;
  const times = [];
  const cpuBefore = process.cpuUsage();
  for (let done = 0; done < rounds; done += 1) {
    const since = Number(process.hrtime.bigint()) / 1e6;
    const instants = received();
    await commit();
    times.push((await instants).map((instant) => instant - since));
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    rounds,
    columns: ['', 'p50 ms', 'p99 ms', 'last client, ms', 'CPU ms a commit', `kB a ${word}`],
    rows: [
      [
        `${number(clients)} ${word}s of ${number(users)} users`,
        ms(quantile(times.flat(), 0.5)),
        ms(quantile(times.flat(), 0.99)),
        ms(median(times.map((ofCommit) => Math.max(...ofCommit)))),
        ms((user + system) / 1_000 / rounds),
        ms(kilobytes),
      ],
    ],
  };
}

export const DELIVERY_NOTES = [
  'A round is a commit. Last client: the median of the slowest. CPU: of the server process; PostgreSQL is another.',
  'kB: on the heap of the server process, after a garbage collection.',
];
