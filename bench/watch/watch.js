import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';
import { startApp } from '../lib/ordermirror.js';
import { ask, JSON_HEADERS } from '../lib/servers.js';
import { DELIVERY_NOTES, heapBytes, measureDeliveries, openSubscribers, usersWithTokens } from './clients.js';

const FIELDS = 'id status pages requests ordersSeen ordersInserted itemsSeen progress waitingUntil';
const SUBSCRIPTION = `subscription ($id: ID) { syncProgress(runId: $id) { ${FIELDS} } }`;
/** A run that is claimed for a day, so that no worker takes it. */
const RUN_SQL = `
  INSERT INTO sync_run (trigger, dry_run, include_items, updated_after, updated_before, legs, claim, heartbeat_at)
  VALUES ('MANUAL', false, true, now(), now(), '[]', gen_random_uuid(), now() + interval '1 day')`;
const PAGE_SQL = `
  WITH page AS (UPDATE sync_run SET pages = pages + 1, orders_seen = orders_seen + 100 RETURNING id)
  SELECT pg_notify('sync_run', id::text)::text FROM page`;

/** Measures how long after its commit a run's page reaches its subscribers. @type {import('../main.js').Benchmark} */
export async function benchWatch(kind, { quick, users, ...size }) {
  const count = size.subscribers ?? (quick ? 50 : 2_000);
  // In this process, to measure its heap, and because PGlite allows one process.
  const app = await startApp((await createDatabase(kind)).config);
  atTheEnd(() => app.stop());
  await app.database.query(RUN_SQL);
  const tokens = await usersWithTokens(app.database, users);
  const headers = { ...JSON_HEADERS, authorization: `Bearer ${tokens[0]}` };
  const [{ id }] = (await ask(app.url, headers, '{ syncRuns(first: 1) { nodes { id } } }')).syncRuns.nodes;

  const heapBefore = heapBytes();
  const received = await openSubscribers({
    url: `${app.url.replace('http', 'ws')}/graphql`,
    payload: { query: SUBSCRIPTION, variables: { id } },
    tokens,
    count,
    value: ['syncProgress', 'pages'],
    first: 0,
  });
  const measured = await measureDeliveries({
    received,
    commit: () => app.database.query(PAGE_SQL),
    rounds: quick ? 3 : 30,
    clients: count,
    users,
    heapBefore,
    word: 'subscriber',
  });
  return {
    title: `Watch, ${kind}: WebSocket subscribers to one run`,
    ...measured,
    notes: [
      'From just before the statement that changes the row is sent until the client has the message, commit included.',
      ...DELIVERY_NOTES,
    ],
  };
}
