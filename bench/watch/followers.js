import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';
import { startApp } from '../lib/ordermirror.js';
import { ask, JSON_HEADERS } from '../lib/servers.js';
import { DELIVERY_NOTES, heapBytes, measureDeliveries, openSubscribers, usersWithTokens } from './clients.js';

const QUERY = `subscription ($after: String) { orderChanged(after: $after) {
  id cursor kinds changedFields order { amazonOrderId orderStatus orderTotal { amount currencyCode } } } }`;
const ORDER_SQL = `
  INSERT INTO amazon_order (amazon_order_id, marketplace_id, purchase_date, last_update_date, order_status, channel_name,
                            order_total_amount, order_total_currency, raw_payload, content_hash)
  VALUES ('111-0000000-0000001', 'ATVPDKIKX0DER', now(), now(), 'SHIPPED', 'AMAZON', 9.90, 'USD', '{}', 'none')`;
/** The row that a merge inserts, in a transaction of its own. */
const CHANGE_SQL = `
  INSERT INTO order_change (at, kinds, source, order_id, amazon_order_id, marketplace_id, from_status, to_status,
                            changed_fields)
  SELECT now(), '{STATUS}', 'SYNC', id, amazon_order_id, marketplace_id, 'UNSHIPPED', 'SHIPPED', '{orderStatus}'
    FROM amazon_order`;

/** Measures how long after its commit a change reaches its followers. @type {import('../main.js').Benchmark} */
export async function benchFollowers(kind, { quick, users, ...size }) {
  const count = size.subscribers ?? (quick ? 50 : 500);
  const app = await startApp((await createDatabase(kind)).config);
  atTheEnd(() => app.stop());
  const { database } = app;
  await database.query(ORDER_SQL);
  await database.query(CHANGE_SQL);
  await database.query(CHANGE_SQL);
  const tokens = await usersWithTokens(database, users);
  const headers = { ...JSON_HEADERS, authorization: `Bearer ${tokens[0]}` };
  const [start, first] = (await ask(app.url, headers, '{ orderChanges { nodes { id cursor } } }')).orderChanges.nodes;

  const heapBefore = heapBytes();
  const received = await openSubscribers({
    url: `${app.url.replace('http', 'ws')}/graphql`,
    payload: { query: QUERY, variables: { after: start.cursor } },
    tokens,
    count,
    value: ['orderChanged', 'id'],
    first: first.id,
  });
  const measured = await measureDeliveries({
    received,
    commit: () => database.query(CHANGE_SQL),
    rounds: quick ? 3 : 30,
    clients: count,
    users,
    heapBefore,
    word: 'follower',
  });
  return {
    title: `Followers, ${kind}: WebSocket subscribers to the changes of orders`,
    ...measured,
    notes: [
      'From just before the statement that inserts a change is sent until the client has it with its order, commit included.',
      ...DELIVERY_NOTES,
    ],
  };
}
