import { createDatabase } from './lib/databases.js';
import { alternate, rowOf } from './lib/measure.js';
import { signUp, startOrdermirror, startServer } from './lib/servers.js';

/** Measures the time from the start of a process until it listens, on an existing database. @type {import('./main.js').Benchmark} */
export async function benchStart(kind, { quick }) {
  const { config, environment } = await createDatabase(kind);
  const first = await startOrdermirror(environment);
  await signUp(first.url);
  await first.stop();

  const contender = (name, start) => async () => {
    const server = await start();
    await server.stop();
    return { [name]: server.readyMs };
  };
  const contenders = [
    contender('npm', () => startServer('scripts/run.mjs', { args: ['start'], env: environment })),
    contender('main', () => startOrdermirror(environment)),
  ];
  const { database } = config;
  if (database.kind === 'postgres')
    contenders.push(contender('floor', () => startServer('bench/read/bare-server.js', { args: [database.url] })));
  const rounds = quick ? 1 : 5;
  const times = await alternate(rounds, contenders);
  const row = (what, name) => rowOf(what, times(name), times('floor'));
  return {
    title: `Start, ${kind}: until the process listens`,
    rounds,
    columns: ['', 'ms', 'of the rounds', '× floor'],
    rows: [
      row('Ordermirror, as `npm start` starts it', 'npm'),
      row('Ordermirror, `node dist/ordermirror.js start`', 'main'),
      row('floor: bare server on the same database', 'floor'),
    ],
    notes: [
      '`npm start` checks first whether anything has to be built (`scripts/run.mjs`); npm itself is not included.',
      'Floor: the bare server of `read`, which loads the driver, sends one statement and listens.',
    ],
  };
}
