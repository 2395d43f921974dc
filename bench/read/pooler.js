import { alternate, median, number, ratio } from '../lib/measure.js';
import { ask, signUp, startOrdermirror } from '../lib/servers.js';
import { measureLoad } from './load.js';
import { seededDatabase } from './seed.js';
import { shapesOf } from './shapes.js';

const CONNECTIONS = 32;
/** A pooler before the server of TEST_DATABASE_URL that leads to all of its databases. */
const POOLER = process.env.BENCH_POOLER_URL;
const SHAPES = ['orders alone', 'with another root field', 'an order by its id'];

/** Reads orders by two servers on one database, of which one is behind a pooler. @type {import('../main.js').Benchmark} */
export async function benchPooler(kind, { quick, ...size }) {
  const orders = size.orders ?? (quick ? 10_000 : 20_000);
  const title = `Read, ${kind}: behind a pooler, of ${number(orders)} orders, ${CONNECTIONS} connections`;
  const columns = ['', 'requests/s', 'behind a pooler', 'ratio'];
  const { config, environment } = await seededDatabase(kind, orders);
  if (config.database.kind !== 'postgres' || !POOLER)
    return {
      title,
      rounds: 0,
      columns,
      rows: [],
      notes: ['Skipped: name a pooler before PostgreSQL in BENCH_POOLER_URL.'],
    };
  const { url } = config.database;
  const pooled = Object.assign(new URL(POOLER), { pathname: new URL(url).pathname }).href;
  const direct = await startOrdermirror(environment);
  const behind = await startOrdermirror({ ...environment, DATABASE_URL: pooled, DATABASE_DIRECT_URL: url });
  const headers = await signUp(direct.url);
  const first = await ask(direct.url, headers, '{ orders(first: 1) { nodes { id amazonOrderId } } }');
  const shapes = shapesOf(first.orders.nodes[0], undefined, '').filter(({ name }) => SHAPES.includes(name));

  const seconds = quick ? 0.5 : 2;
  const contenders = shapes.flatMap(({ name, ours }) =>
    [direct, behind].map((server) => async () => {
      const body = JSON.stringify({ query: ours });
      const target = { url: `${server.url}/graphql`, headers, body, overWebSocket: false };
      const { perSecond } = await measureLoad(target, CONNECTIONS, seconds);
      return { [server === direct ? name : `${name}, behind`]: perSecond };
    }),
  );
  for (const contend of contenders) await contend();
  const rounds = quick ? 1 : 5;
  const measured = await alternate(rounds, contenders);
  const rows = shapes.map(({ name }) => {
    const [without, within] = [measured(name), measured(`${name}, behind`)];
    return [name, number(median(without)), number(median(within)), ratio(within, without)];
  });
  return {
    title,
    rounds,
    columns,
    rows,
    notes: ['Both servers, the pooler, PostgreSQL and the load share this machine.'],
  };
}
