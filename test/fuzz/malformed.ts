import { oddText, oddValue, type Random, repeat } from './random.js';
import { type Outcome, overSocket, overWebSocket, post, send, type Target } from './transports.js';

const HEADERS =
  'accept content-type content-encoding authorization host origin x-forwarded-for forwarded accept-encoding cookie range if-none-match sec-fetch-site x-http-method-override'.split(
    ' ',
  );
const HEADER_VALUES = [
  ...'*/* text/html text/event-stream multipart/mixed gzip application/json application/graphql Bearer'.split(' '),
  ...'0 -1 1e9 evil.example null \u00ff ,,,;q=;'.split(' '),
  ...['', 'Basic x', `Bearer ${'a.'.repeat(200)}`, 'x'.repeat(5_000), 'a;q=1,'.repeat(500)],
];
const PATHS = [
  ...'/graphql / /metrics /health/ready /admin /admin/assets/../x /admin/first-run.json'.split(' '),
  ...`/graphql/ //graphql /%00 /graphql?query=%7B__typename%7D&query=1 /${'x'.repeat(3_000)}`.split(' '),
];
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE'];
const RAW_POST = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
const UPGRADE =
  'GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n';

/** Requests other than GraphQL operations: malformed bodies, headers, URLs, messages and bytes. */
export const malformed: Readonly<Record<string, (target: Target, random: Random) => Promise<Outcome>>> = {
  'malformed body': (target, random) => {
    const size = random.size(random.pick([100, 70_000, 300_000]));
    const body = random.pick<() => string>([
      () => '{'.repeat(size),
      () => '['.repeat(size),
      () => `{"query":"{__typename}","variables":{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}}`,
      () => `{"query":"{__typename}","variables":{${repeat(size / 10, (n) => `"${n}":1`, ',')}}}`,
      () => '{"query":"{__typename}","__proto__":{"x":1},"constructor":1}',
      () => `[${repeat(size / 30, () => '{"query":"{__typename}"}', ',')}]`,
      () => '\ufeff{"query":"{__typename}"}',
      () => `{"query":"{__typename}","query":"${'x'.repeat(size)}"}`,
      () => '{"query":"\\ud800{__typename}\\u0000"}',
      () => JSON.stringify(oddValue(random)),
      () => Buffer.from(Array.from({ length: Math.min(size, 1_000) }, () => random.int(256))).toString('latin1'),
      () => '1'.repeat(size),
      () => '"'.repeat(size),
    ])();
    return post(target, body);
  },
  'odd headers': (target, random) => {
    const headers = Object.fromEntries(
      HEADERS.filter(() => random.chance(0.25)).map((name) => [name, random.pick(HEADER_VALUES)]),
    );
    const method = random.pick(METHODS);
    const body = method === 'GET' || method === 'HEAD' ? {} : { body: '{"query":"{ __typename }"}' };
    return send(target, { method, path: random.pick(PATHS), headers, listenMs: 500, ...body });
  },
  'odd addresses': (target, random) => {
    const values = ['{', '%7B__typename%7D', '%', '%00', '%ff', 'null', '[]', '1'];
    const text = () => encodeURIComponent(oddText(random).toWellFormed()).slice(0, 3_000);
    const parameter = () =>
      `${random.pick(['query', 'variables', 'extensions', 'operationName', 'x'])}=${random.pick([...values, text()])}`;
    return send(target, {
      method: 'GET',
      path: `/graphql?${repeat(random.size(30), parameter, '&')}`.slice(0, 20_000),
    });
  },
  'raw bytes': (target, random) => {
    const bytes = random.pick<() => string>([
      () => Array.from({ length: 200 }, () => String.fromCharCode(random.int(256))).join(''),
      () => 'GET / HTTP/1.1\r\n\r\n',
      () => `GET / HTTP/1.1\r\nHost: localhost\r\n${repeat(random.size(3_000), (n) => `X-${n}: 1\r\n`, '')}\r\n`,
      () => `${RAW_POST}Content-Length: 100\r\n\r\n{`,
      () => `${RAW_POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      () => `${RAW_POST}Transfer-Encoding: chunked\r\n\r\nffffffff\r\n{`,
      () => repeat(random.size(100), () => 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n', ''),
      () => `${UPGRADE}Sec-WebSocket-Key: x\r\n\r\n`,
      () =>
        `${UPGRADE}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n\xff\xff${'x'.repeat(50)}`,
      () => 'CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
    ])();
    return overSocket(target, Buffer.from(bytes, 'latin1'));
  },
  'WebSocket messages': (target, random) => {
    const subscribe = (id: string, payload: unknown) => ({ type: 'subscribe', id, payload });
    const message = () =>
      random.pick<() => unknown>([
        () => ({ type: 'ping', payload: oddValue(random, 3) }),
        () => ({ type: 'pong' }),
        () => ({ type: 'connection_init', payload: oddValue(random) }),
        () => ({ type: 'complete', id: oddText(random) }),
        () => subscribe(random.pick(['1', '__proto__', 'constructor', oddText(random)]), { query: '{ __typename }' }),
        () => subscribe('2', oddValue(random)),
        () => subscribe('3', { query: 'subscription { syncProgress { id } }', variables: oddValue(random, 3) }),
        () => ({ type: oddText(random) }),
        () => oddValue(random),
        () => deepMessage('ping', random.size(30_000)),
        () => deepMessage('subscribe', random.size(30_000)),
        () => '{'.repeat(random.size(70_000)),
        () => '['.repeat(random.size(270_000)),
      ])();
    return overWebSocket(target, Array.from({ length: 1 + random.size(60) }, message), random.chance(0.7));
  },
};

/** Returns a message as text: `JSON.stringify` fails on deep nesting. */
function deepMessage(type: string, levels: number): string {
  const nested = `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const payload = type === 'ping' ? nested : `{"query":"{ __typename }","variables":{"a":${nested}}}`;
  return `{"id":"1","type":"${type}","payload":${payload}}`;
}
