import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';
import { alternate, rowOf } from '../lib/measure.js';
import { post, signedHeaders, startApp } from '../lib/ordermirror.js';
import { ask, signUp, startServer } from '../lib/servers.js';

const AT_ONCE = 16;
/** Changes as a merge inserts them: many a statement, several of an order. */
const CHANGES_SQL = `
  INSERT INTO order_change (at, kinds, source, order_id, amazon_order_id, marketplace_id, from_status, to_status,
                            changed_fields)
  SELECT now(), '{STATUS}', 'SYNC', n % 1000, '111-0000000-' || lpad((n % 1000)::text, 7, '0'), 'ATVPDKIKX0DER',
         'UNSHIPPED', 'SHIPPED', '{lastUpdateDate,orderStatus,packages}'
    FROM generate_series(1, $1::int) AS n`;
const DELIVERED_SQL = `SELECT count(*)::int AS count FROM webhook_delivery WHERE state = 'DELIVERED'`;
const CREATE = `mutation ($url: String!) { createWebhook(url: $url, events: ["order.changed"]) { webhook { id } } }`;

/** Measures deliveries to a receiver that answers at once. @type {import('../main.js').Benchmark} */
export async function benchWebhooks(kind, { quick }) {
  const count = quick ? 300 : 5_000;
  const rounds = quick ? 1 : 5;
  const receiver = await startServer('bench/watch/webhook-receiver.js', {});
  const { config } = await createDatabase(kind);
  const app = await startApp({ ...config, webhooks: { ...config.webhooks, allowPrivate: true } });
  atTheEnd(() => app.stop());
  await ask(app.url, await signUp(app.url), CREATE, { url: receiver.url });
  let received = 0;
  const untilReceived = async () => {
    received += count;
    await (await fetch(`${receiver.url}/${received}`)).text();
  };
  let delivered = 0;
  const webhooks = async () => {
    const startedAt = performance.now();
    await app.database.query(CHANGES_SQL, [count]);
    await untilReceived();
    delivered += count;
    for (;;) {
      const [row] = /** @type {{ count: number }[]} */ (await app.database.query(DELIVERED_SQL));
      if (row && row.count >= delivered) break;
      await delay(5);
    }
    return { [kind]: (count / (performance.now() - startedAt)) * 1_000 };
  };
  const agent = new Agent({ keepAlive: true });
  atTheEnd(() => agent.destroy());
  const bare = async () => {
    const messages = Array.from({ length: count }, (_, index) => messageOf(index));
    const startedAt = performance.now();
    const url = new URL(receiver.url);
    const { signal } = new AbortController();
    setMaxListeners(AT_ONCE + 1, signal);
    const sendAll = async () => {
      for (let next = messages.pop(); next; next = messages.pop())
        await post({ url, ...next, agent, signal, rules: { allowPrivate: true }, timeoutMs: 15_000 });
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sendAll));
    await untilReceived();
    return { bare: (count / (performance.now() - startedAt)) * 1_000 };
  };
  const of = await alternate(rounds, [webhooks, bare]);
  return {
    title: `Webhooks, ${kind}: deliveries to a receiver that answers at once`,
    rounds,
    columns: ['', 'deliveries/s', 'of the rounds', '× floor'],
    rows: [
      rowOf(`${count} changes of 1,000 orders, in order for each`, of(kind), of('bare')),
      rowOf('floor: the same requests by a bare loop', of('bare'), of('bare')),
    ],
    notes: [
      'From just before the statement that inserts the changes until all are received and stored as delivered.',
      'The floor sends signed requests of the same size by the same client, 16 at once, without a database or any order.',
    ],
  };
}

function messageOf(index) {
  const id = `chg_${index}_mij2x4zq`;
  const data = {
    ...{
      id: 'T3JkZXJDaGFuZ2U6MTIz',
      cursor: 'b3JkZXJDaGFuZ2VzOjEyMzoxNzk1OTQ0NjAwMTIw',
      at: '2026-11-29T09:30:00.120Z',
    },
    ...{ kinds: ['STATUS'], source: 'SYNC', amazonOrderId: '902-1845936-5435065', marketplaceId: 'ATVPDKIKX0DER' },
    ...{ fromStatus: 'UNSHIPPED', toStatus: 'SHIPPED', changedFields: ['lastUpdateDate', 'orderStatus', 'packages'] },
  };
  const body = JSON.stringify({ type: 'order.changed', timestamp: data.at, data });
  return { body, headers: signedHeaders({ id, at: new Date(), body }, [Buffer.alloc(32)]) };
}
