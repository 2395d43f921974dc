import { on, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { WebSocket } from 'ws';

/** Wait after a measurement for requests still in flight, in milliseconds. */
const PAUSE_MS = 200;

/** @typedef {{ url: string, headers: Record<string, string>, body: string, overWebSocket: boolean }} Target */

/** Sends the same operation for this number of seconds, one at a time on each connection. Returns their durations in ms. */
export async function measureLoad(target, connections, seconds) {
  /** @type {number[]} */
  const times = [];
  const startedAt = performance.now();
  let endedAt = startedAt;
  const onAnswer = (time) => {
    times.push(time);
    endedAt = performance.now();
  };
  if (target.overWebSocket) {
    const onNext = (_message, time) => {
      onAnswer(time);
      return endedAt - startedAt < seconds * 1_000;
    };
    await Promise.all(Array.from({ length: connections }, () => converse(target, onNext)));
  } else await loadHttp(target, connections, seconds, onAnswer);
  await sleep(PAUSE_MS);
  return { perSecond: (times.length / (endedAt - startedAt)) * 1_000, times };
}

async function loadHttp({ url, headers, body }, connections, seconds, onAnswer) {
  /** @type {autocannon.Options} */
  const options = {
    url,
    headers,
    body,
    method: 'POST',
    connections,
    duration: seconds,
    sampleInt: 50,
    verifyBody: isAnswer,
  };
  const load = autocannon(options, () => {});
  load.on('response', (_client, _status, _bytes, time) => onAnswer(time));
  const [{ non2xx, errors, mismatches }] = await once(load, 'done');
  const failures = non2xx + errors + mismatches;
  if (failures > 0) throw new Error(`${url} failed ${failures} times: ${body}`);
}

/** Returns the answer to one operation. */
export async function sendOnce(/** @type {Target} */ target) {
  const { url, headers, body, overWebSocket } = target;
  if (!overWebSocket) return (await fetch(url, { method: 'POST', headers, body })).json();
  /** @type {string[]} */
  const answers = [];
  await converse(target, (message) => answers.push(message) < 1);
  return JSON.parse(String(answers)).payload;
}

/** Sends the operation over a WebSocket (graphql-transport-ws) again and again, while `onNext` returns true. */
async function converse(/** @type {Target} */ { url, headers: { authorization }, body }, onNext) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
  let [sentAt, next] = [0, ''];
  for await (const [message] of on(socket, 'message', { close: ['close'] })) {
    if (message.includes('"type":"next"')) {
      next = String(message);
      continue;
    }
    const isComplete = message.includes('"type":"complete"');
    if (isComplete ? !isAnswer(next) : !message.includes('"type":"connection_ack"'))
      throw new Error(`A WebSocket received ${next || message}`);
    if (isComplete && !onNext(next, performance.now() - sentAt)) break;
    sentAt = performance.now();
    socket.send(`{"id":"1","type":"subscribe","payload":${body}}`);
  }
  socket.close();
}

/** GraphQL errors may have status 200. */
const isAnswer = (body) => !String(body).includes('"errors":[');
