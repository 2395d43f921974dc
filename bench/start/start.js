import { registerOwner, startApp } from '../lib/app-process.js';
import { startServer } from '../lib/children.js';
import { createDatabase } from '../lib/databases.js';
import { alternate, median, ratio } from '../lib/rounds.js';
import { factor, number, spread } from '../lib/tables.js';

/**
 * From the start of the process to the line that says where it listens, on a database that is there already.
 * @param {import('../lib/databases.js').Kind} kind
 * @param {import('../sizes.js').Sizes['start']} bounds
 * @returns {Promise<import('../lib/tables.js').Table>}
 */
export async function benchStart(kind, bounds) {
  const own = await createDatabase(kind);
  const first = await startApp(own);
  await registerOwner(first.url);
  await first.stop();

  /** @param {string} name @param {() => Promise<import('../lib/children.js').Server>} start */
  const contender = (name, start) => async () => {
    const server = await start();
    await server.stop();
    return { [name]: server.readyMs };
  };
  const config = JSON.stringify(own.config);
  const times = await alternate(bounds, [
    contender('npm', () => startServer('scripts/run.mjs', { args: ['ordermirror'], env: own.environment })),
    contender('main', () => startApp(own)),
    contender('floor', () => startServer('bench/read/bare-server.js', { args: ['flat-join', config] })),
    contender('node', () => startServer('bench/start/nothing.js')),
  ]);
  await own.drop();

  const row = (/** @type {string} */ what, /** @type {string} */ name) => [
    what,
    number(median(times(name))),
    spread(times(name)),
    factor(ratio(times(name), times('floor'))),
  ];
  return {
    title: `Start, ${kind}: from the start of the process until it listens`,
    rounds: times('floor').length,
    columns: ['', 'ms', 'of the rounds', '× floor'],
    rows: [
      row('Ordermirror, as `npm start` starts it', 'npm'),
      row('Ordermirror, `node dist/ordermirror.js`', 'main'),
      row('floor: bare server on the same database', 'floor'),
      row('Node alone, a bare server', 'node'),
    ],
    notes: [
      '`npm start` looks first whether anything has to be built (`scripts/run.mjs`); npm itself is not counted.',
      'The bare server of the read benchmark imports the driver, opens the database and listens.',
    ],
  };
}
