// So many WebSocket clients in a process of their own, each subscribed once (graphql-transport-ws). Tells its parent when
// all have their first state, and then of each further page of the run, when it came to whom.
//   fork('bench/watch/subscribers.js', ['{"url", "authorization", "runId", "count"}'])
import { WebSocket } from 'ws';

/** @type {{ url: string, authorization: string, runId: string, count: number }} */
const { url, authorization, runId, count } = JSON.parse(process.argv[2] ?? '');
const SUBSCRIPTION = `subscription ($runId: ID) {
  syncProgress(runId: $runId) { id status pages requests ordersSeen ordersInserted itemsSeen progress waitingUntil }
}`;

/** When each client saw the run at so many pages. @type {Map<number, bigint[]>} */
const arrivals = new Map();

/** @param {number} pages */
function arrived(pages) {
  const times = arrivals.get(pages) ?? [];
  times.push(process.hrtime.bigint());
  arrivals.set(pages, times);
  if (times.length === count) process.send?.({ pages, arrivals: times.map(String) });
}

for (let client = 0; client < count; client += 1) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    if (message.type === 'connection_ack') {
      const payload = { query: SUBSCRIPTION, variables: { runId } };
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
    } else if (message.type === 'next' && message.payload.data) arrived(message.payload.data.syncProgress.pages);
    else if (message.type === 'ping') socket.send('{"type":"pong"}');
    else fail(`A subscriber was sent ${data}`);
  });
  socket.on('error', (error) => fail(error.message));
  socket.on('close', (code) => fail(`A subscriber was cut off with ${code}.`));
}
process.on('disconnect', () => process.exit(0));

/** @param {string} reason */
function fail(reason) {
  console.error(reason);
  process.exit(1);
}
