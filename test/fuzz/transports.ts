import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { Params } from './operations.js';

const TIMEOUT_MS = 10_000;
/** Time after which a subscription, or a silent socket, is closed. */
const LISTEN_MS = 60;
const MAX_ANSWER = 200_000;

/** A response, and its fault if it has one. */
export interface Outcome {
  readonly answer: string;
  readonly fault: string | null;
}

export interface Target {
  readonly url: string;
  /** `Bearer …`; null: no session. */
  readonly authorization: string | null;
}

export interface HttpMessage {
  readonly method: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Disconnects after this time. */
  readonly listenMs?: number | undefined;
}

/** Transports of an operation. */
export const transports: Readonly<Record<string, (target: Target, params: Params) => Promise<Outcome>>> = {
  POST: (target, params) => post(target, JSON.stringify(params), {}, listenTime(params)),
  'POST chunked': (target, params) =>
    post(target, JSON.stringify(params), { 'transfer-encoding': 'chunked' }, listenTime(params)),
  GET: (target, { query, variables, operationName, extensions }) => {
    const search = new URLSearchParams({ query: String(query) });
    for (const [name, value] of Object.entries({ variables, extensions }))
      if (value !== undefined) search.set(name, JSON.stringify(value));
    if (operationName !== undefined) search.set('operationName', String(operationName));
    const path = `/graphql?${String(search).slice(0, 20_000)}`;
    return send(target, { method: 'GET', path, listenMs: listenTime({ query }) });
  },
  SSE: (target, params) => post(target, JSON.stringify(params), { accept: 'text/event-stream' }, LISTEN_MS),
  WebSocket: (target, params) => overWebSocket(target, [{ id: '1', type: 'subscribe', payload: params }]),
};

/** A subscription has no end. */
function listenTime({ query }: Params): number | undefined {
  return String(query).includes('subscription') ? LISTEN_MS : undefined;
}

export function post(target: Target, body: string, headers: Record<string, string> = {}, listenMs?: number) {
  const all = { 'content-type': 'application/json', ...headers };
  return send(target, { method: 'POST', path: '/graphql', headers: all, body, listenMs });
}

export function send({ url, authorization }: Target, message: HttpMessage): Promise<Outcome> {
  const { method, path, headers, body, listenMs } = message;
  return new Promise((resolve) => {
    let answer = '';
    let status = 0;
    const timers: NodeJS.Timeout[] = [];
    const done = (problem: string | null) => {
      for (const timer of timers) clearTimeout(timer);
      request.destroy();
      resolve({ answer, fault: problem ?? faultIn(status, answer) });
    };
    const request = httpRequest(
      {
        ...addressOf(url),
        agent: false,
        method,
        path,
        headers: { ...(authorization ? { authorization } : {}), ...headers },
      },
      (response) => {
        status = response.statusCode ?? 0;
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          if (answer.length < MAX_ANSWER) answer += text;
        });
        response.on('end', () => done(null));
        response.on('error', () => done(null));
      },
    );
    // The server may reject a request while it is sent; the response may be lost.
    request.on('error', () => done(null));
    request.on('upgrade', () => done(null));
    timers.push(setTimeout(() => done(`no answer within ${TIMEOUT_MS / 1_000} s`), TIMEOUT_MS));
    if (listenMs !== undefined) timers.push(setTimeout(() => done(null), listenMs));
    request.end(body);
  });
}

/** Sends messages. Waits for the response to a single one, or until nothing more is received. */
export function overWebSocket({ url, authorization }: Target, messages: readonly unknown[], init = true) {
  return new Promise<Outcome>((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    let answer = '';
    let code = 0;
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      socket.terminate();
      resolve({ answer, fault: code === 1011 ? 'closed with 1011' : faultIn(0, answer) });
    };
    const leaveIn = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(done, ms);
    };
    const sendAll = () => {
      for (const message of messages) socket.send(typeof message === 'string' ? message : JSON.stringify(message));
    };
    socket.on('open', () => {
      if (init)
        socket.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} }));
      else sendAll();
      leaveIn(init ? TIMEOUT_MS : LISTEN_MS);
    });
    socket.on('message', (data) => {
      const received = String(data);
      if (answer.length < MAX_ANSWER) answer += received;
      if (received.startsWith('{"type":"connection_ack"')) {
        sendAll();
        leaveIn(received.includes('subscription') || messages.length > 1 ? LISTEN_MS : 5 * LISTEN_MS);
      } else leaveIn(messages.length === 1 ? 0 : LISTEN_MS);
    });
    socket.on('close', (closed) => {
      code = closed;
      done();
    });
    socket.on('error', done);
  });
}

/** Sends raw bytes and listens for `LISTEN_MS`. */
export function overSocket({ url }: Target, bytes: Buffer): Promise<Outcome> {
  return new Promise((resolve) => {
    const { host, port } = addressOf(url);
    const socket = connect(Number(port), host);
    let answer = '';
    const timer = setTimeout(() => socket.destroy(), LISTEN_MS);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ answer, fault: faultIn(0, answer) });
    });
    socket.write(bytes);
  });
}

function addressOf(url: string) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port };
}

function faultIn(status: number, answer: string): string | null {
  const [, raw] = /HTTP\/1\.1 (5\d\d)/.exec(answer) ?? [];
  if (status >= 500 || raw) return `status ${raw ?? status}`;
  return answer.includes('INTERNAL_SERVER_ERROR') ? 'INTERNAL_SERVER_ERROR' : null;
}
