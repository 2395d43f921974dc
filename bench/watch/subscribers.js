// WebSocket clients in a separate process, each with one subscription. Sends its parent the instants (milliseconds,
// monotonic) at which all of them had received the same value: the pages of a run, the id of a change.
//   fork('bench/watch/subscribers.js').send({ url, tokens, payload, count, value: [field, member], first })
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

process.on('disconnect', () => process.exit(0));
process.once('message', async (/** @type {any} */ { url, tokens, payload, count, value, first }) => {
  const instants = new Map();
  const next = ({ data }) => {
    const key = data[value[0]][value[1]];
    const received = instants.get(key) ?? [];
    instants.set(key, received);
    received.push(Number(process.hrtime.bigint()) / 1e6);
    if (received.length === count) process.send?.(received);
  };
  const fail = (reason) => {
    throw new Error(`A subscription ended: ${reason.message ?? reason.reason ?? reason}`);
  };
  for (let client = 0; client < count; client += 1) {
    // Fifty at a time: the server limits sockets that have not signed in.
    while (client - (instants.get(first)?.length ?? 0) >= 50) await sleep(5);
    const connectionParams = { authorization: `Bearer ${tokens[client % tokens.length]}` };
    const options = { url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 };
    createClient(options).subscribe(payload, { next, error: fail, complete: () => fail('complete') });
  }
});
