import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

/**
 * @typedef {object} Load
 * @property {number} perSecond requests answered a second
 * @property {number[]} times milliseconds each took, from sending it to the end of its answer
 */

/** More than any server here answers in a measurement's time. */
const MAX_REQUESTS = 100_000;

/**
 * Asks the same thing over and over on so many keep-alive connections, one request at a time on each, for so long.
 * Runs in the process of the benchmark: what it measures is in another.
 * @param {{ url: string, body: string, headers: Record<string, string>, connections: number, seconds: number }} options
 * @returns {Promise<Load>}
 */
export async function load({ url, body, headers, connections, seconds }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const options = { agent, method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } };
  /** @type {number[]} */
  const times = [];
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;
  const askOn = async () => {
    while (performance.now() < deadline && times.length < MAX_REQUESTS) {
      const sentAt = performance.now();
      await ask(url, options, body);
      times.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: connections }, askOn));
  agent.destroy();
  return { perSecond: times.length / ((performance.now() - startedAt) / 1_000), times };
}

/**
 * The same over WebSockets (graphql-transport-ws), one operation at a time on each.
 * @param {{ url: string, body: string, headers: Record<string, string>, connections: number, seconds: number }} options
 * @returns {Promise<Load>}
 */
export async function loadWebSocket({ url, body, headers, connections, seconds }) {
  const sockets = await Promise.all(Array.from({ length: connections }, () => connect(url, headers)));
  /** @type {number[]} */
  const times = [];
  const startedAt = performance.now();
  const deadline = startedAt + seconds * 1_000;
  await Promise.all(
    sockets.map(async (socket) => {
      for (let id = 0; performance.now() < deadline && times.length < MAX_REQUESTS; id += 1) {
        const sentAt = performance.now();
        const completed = completion(socket);
        socket.send(`{"id":"${id}","type":"subscribe","payload":${body}}`);
        await completed;
        times.push(performance.now() - sentAt);
      }
      socket.close();
    }),
  );
  return { perSecond: times.length / ((performance.now() - startedAt) / 1_000), times };
}

/** Resolves with the end of an operation; rejects with its errors. @param {WebSocket} socket @returns {Promise<void>} */
function completion(socket) {
  return new Promise((resolve, reject) => {
    socket.on('message', function listen(/** @type {Buffer} */ message) {
      if (message.includes('"type":"next"')) return;
      socket.off('message', listen);
      if (message.includes('"type":"complete"')) resolve();
      else reject(new Error(`A WebSocket answered ${message}.`));
    });
  });
}

/** @param {string} url @param {Record<string, string>} headers */
async function connect(url, { authorization }) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
  await once(socket, 'message');
  return socket;
}

/**
 * @param {string} url @param {import('node:http').RequestOptions} options @param {string} body
 * @returns {Promise<void>}
 */
function ask(url, options, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      response.once('error', reject);
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}.`)),
      );
      response.resume();
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
