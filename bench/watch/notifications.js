import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { atTheEnd } from '../lib/cleanup.js';
import { createDatabase } from '../lib/databases.js';
import { ms, quantile } from '../lib/measure.js';
import { startSimulator } from '../lib/ordermirror.js';
import { ask, signUp, startOrdermirror } from '../lib/servers.js';

// The warning of AWS's client is about later versions of it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const PER_SECOND = 10;
const ORDERS = 500;
const AWS = { AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' };
const CONNECT = `mutation ($marketplaceIds: [String!]!) {
  saveConnection(input: { region: NA, marketplaceIds: $marketplaceIds }) { region }
  saveCredential(input: { refreshToken: "Atzr|bench", lwaClientId: "id", lwaClientSecret: "secret" }) { hasRefreshToken }
}`;
const CHANGES = 'subscription { orderChanged { amazonOrderId toStatus order { orderTotal { amount } } } }';
const unlimited = { rate: 10_000, burst: 1_000_000 };

/** Measures from a change at the simulated Amazon to a subscriber of `orderChanged`. @type {import('../main.js').Benchmark} */
export async function benchNotifications(kind, { quick }) {
  const count = quick ? 20 : 300;
  const simulator = await startSimulator({
    orders: ORDERS,
    settled: true,
    updatedWithinDays: 29,
    unknownWords: false,
    keepTexts: true,
    usagePlans: { getOrder: unlimited, searchOrders: unlimited },
  });
  atTheEnd(() => simulator.close());
  simulator.notifications.subscribe();
  const floor = await bareReads(simulator, count);

  const { environment } = await createDatabase(kind);
  const app = await startOrdermirror({
    ...environment,
    ...AWS,
    SYNC_CRON: 'off',
    HISTORY: 'off',
    SP_API_ENDPOINT: simulator.url,
    LWA_ENDPOINT: simulator.url,
    NOTIFICATIONS_QUEUE_URL: simulator.queueUrl,
  });
  const headers = await signUp(app.url);
  const { marketplaceIds } = simulator;
  await ask(app.url, headers, CONNECT, { marketplaceIds });
  const socket = createClient({
    url: `${app.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: headers.authorization },
  });
  atTheEnd(() => socket.dispose());
  const changed = changesOf(simulator);
  const subscription = socket.iterate({ query: CHANGES });
  void (async () => {
    for await (const { data } of subscription) {
      const change = /** @type {{ orderChanged: { amazonOrderId: string } } | null | undefined} */ (data)?.orderChanged;
      if (change) changed.received(change.amazonOrderId);
    }
  })();
  // Until the queue is read and the subscriber follows.
  await changed.make(20, { warm: true });
  const latencies = await changed.make(count);
  const row = (what, values) => [what, ms(quantile(values, 0.5)), ms(quantile(values, 0.99)), ms(Math.max(...values))];
  return {
    title: `Notifications, ${kind}: from a change at Amazon to a subscriber, ${PER_SECOND} a second`,
    rounds: 1,
    columns: ['', 'p50 ms', 'p99 ms', 'most ms'],
    rows: [row('Ordermirror, to orderChanged', latencies), row('floor: receive and getOrder by a bare loop', floor)],
    notes: [
      `${count} changes of different orders, each sent to the queue at once; quota without a limit, real clock.`,
      'The simulated Amazon, its queue and the subscriber are in one process, the server in another.',
      'The floor receives a message with the same client, reads the order, and stores nothing.',
    ],
  };
}

/** Changes orders at a rate, and measures until each is reported as received. */
function changesOf(simulator) {
  const ids = simulator.book
    .orders()
    .filter(({ salesChannel, fulfillment }) => salesChannel?.marketplaceId && fulfillment)
    .map(({ orderId }) => orderId);
  const sent = /** @type {Map<string, number>} */ (new Map());
  let latencies = /** @type {number[]} */ ([]);
  let next = 0;
  return {
    received: (id) => {
      const at = sent.get(id);
      if (at === undefined) return;
      latencies.push(performance.now() - at);
      sent.delete(id);
    },
    /** @param {number} count @param {{ warm?: boolean }} [options] */
    make: async (count, { warm = false } = {}) => {
      latencies = [];
      for (let made = 0; made < count; made += 1) {
        const id = ids[next % ids.length] ?? '';
        // A status of its own for each change: only changes of a status are notified.
        const status = `STATE_${performance.now().toFixed(3).replace('.', '_')}`;
        next += 1;
        sent.set(id, performance.now());
        simulator.book.change(id, (order) => {
          if (order.fulfillment) order.fulfillment.fulfillmentStatus = status;
        });
        await sleep(1_000 / PER_SECOND);
      }
      for (let waited = 0; sent.size > 0 && waited < 30_000; waited += 10) await sleep(10);
      if (sent.size > 0 && !warm) throw new Error(`${sent.size} of ${count} changes did not arrive.`);
      sent.clear();
      return latencies;
    },
  };
}

async function bareReads(simulator, count) {
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const client = new SQSClient({ region: 'us-east-1', endpoint: simulator.url, credentials });
  const QueueUrl = simulator.queueUrl;
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'Atzr|bench' });
  form.append('client_id', 'id');
  form.append('client_secret', 'secret');
  const login = await fetch(`${simulator.url}/auth/o2/token`, { method: 'POST', body: form });
  const { access_token: token } = /** @type {{ access_token: string }} */ (await login.json());
  const changed = changesOf(simulator);
  const stop = new AbortController();
  const read = async (body) => {
    const id = JSON.parse(body).Payload.OrderChangeNotification.AmazonOrderId;
    const query = 'includedData=FULFILLMENT,PROCEEDS,CANCELLATION,PROMOTION,EXPENSE,PACKAGES';
    const headers = { 'x-amz-access-token': token };
    await (await fetch(`${simulator.url}/orders/2026-01-01/orders/${id}?${query}`, { headers })).json();
    changed.received(id);
  };
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
      const { Messages = [] } = await client.send(command, { abortSignal: stop.signal });
      if (Messages.length === 0) continue;
      await Promise.all(Messages.map(({ Body = '' }) => read(Body)));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  })().catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  await changed.make(10);
  const latencies = await changed.make(count);
  stop.abort();
  await loop;
  return latencies;
}
