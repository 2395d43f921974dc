import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { createAccounts } from '../../src/accounts/accounts.js';
import { createAuditLog } from '../../src/accounts/audit-log.js';
import { createTokens } from '../../src/accounts/tokens.js';
import type { Network } from '../../src/config/config.js';
import { createConnections } from '../../src/connection/connections.js';
import { createSealer } from '../../src/connection/sealing.js';
import { systemClock } from '../../src/core/clock.js';
import { createClockCheck } from '../../src/core/clock-check.js';
import { createLogger } from '../../src/core/logger.js';
import type { ApiParts } from '../../src/graphql/context.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { createServer, type OrdermirrorServer } from '../../src/server/http/server.js';
import { cheapPasswords } from './cheap-passwords.js';
import { type HandDrivenEngine, handDrivenEngine } from './hand-driven-engine.js';
import { withDatabase } from './with-database.js';

const JWT_SECRET = 'a secret of the tests, thirty-two bytes and more';
export const PASSWORD = 'a long enough password';

export interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
}

export interface RawResponse {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** Sends a request with any headers; `fetch` does not send some. */
export function send(
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const { statusCode: status, headers } = response;
      const body = Buffer.concat(chunks);
      resolve({ status, headers, body, text: body.toString() });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export interface TestServer extends Pick<ReturnType<typeof withDatabase>, 'database' | 'statements'> {
  /** `http://127.0.0.1:…`, without a path. */
  readonly url: string;
  readonly graphqlUrl: string;
  readonly webSocketUrl: string;
  readonly engine: HandDrivenEngine;
  readonly api: ApiParts;
  /** `Bearer …` */
  readonly owner: string;
  readonly viewer: string;
  /** Logged lines. */
  readonly log: string[];
  /** Posts an operation, without a session unless `authorization` is given. */
  ask(query: string, variables?: Record<string, unknown>, authorization?: string | null): Promise<Answer>;
  /** Creates a second server with the same parts, which the test stops. */
  another(host?: string, port?: number, trustProxy?: readonly Network[]): OrdermirrorServer;
  /** Returns a token of the owner that expires in `seconds`. */
  expiringToken(seconds: number): Promise<string>;
}

/** Serves the API with a database of its own, an owner, a viewer, and an engine that the test controls. */
export function withServer(): TestServer {
  const store = withDatabase();
  const log: string[] = [];
  const engine = handDrivenEngine();
  const metrics = createMetrics();
  const made = {} as { api: ApiParts; server: OrdermirrorServer; url: string; owner: string; viewer: string };

  beforeAll(async () => {
    const { database } = store;
    const destination = new Writable({
      write: (chunk, _encoding, done) => {
        log.push(String(chunk));
        done();
      },
    });
    const logger = createLogger({ level: 'debug', destination });
    const audit = createAuditLog(database);
    const accounts = createAccounts({
      database,
      jwtSecret: JWT_SECRET,
      setupCode: 'setup-code',
      listensBeyondLoopback: false,
      clock: systemClock,
      audit,
      passwords: cheapPasswords,
    });
    const connections = createConnections({
      database,
      clock: systemClock,
      audit,
      sealer: createSealer([Buffer.alloc(32, 7)]),
      lwa: { clientId: 'id', clientSecret: 'secret' },
      spapi: { region: null, endpoint: null, lwaEndpoint: null },
      createSpApi: () => {
        throw new Error('These tests make no calls to Amazon.');
      },
    });
    made.api = {
      database,
      accounts,
      connections,
      engine,
      clockCheck: createClockCheck(systemClock, logger),
      audit,
      logger,
    };
    const caller = { address: '127.0.0.1', local: true };
    const owner = await accounts.register({ email: 'owner@example.com', password: PASSWORD }, caller);
    await accounts.createUser(owner.user, { email: 'viewer@example.com', password: PASSWORD, role: 'VIEWER' });
    const viewer = await accounts.login({ email: 'viewer@example.com', password: PASSWORD }, caller);
    made.owner = `Bearer ${owner.token}`;
    made.viewer = `Bearer ${viewer.token}`;
    made.server = createServer({ host: '127.0.0.1', port: 0, api: made.api, metrics, servesApi: true });
    made.url = (await made.server.listen()).url;
  });
  afterAll(() => made.server?.stop());

  return {
    get database() {
      return store.database;
    },
    statements: store.statements,
    get url() {
      return made.url;
    },
    get graphqlUrl() {
      return `${made.url}/graphql`;
    },
    get webSocketUrl() {
      return `${made.url.replace('http', 'ws')}/graphql`;
    },
    engine,
    get api() {
      return made.api;
    },
    get owner() {
      return made.owner;
    },
    get viewer() {
      return made.viewer;
    },
    log,
    ask: async (query, variables = {}, authorization = null) => {
      const response = await fetch(`${made.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
    another: (host = '127.0.0.1', port = 0, trustProxy = []) =>
      createServer({ host, port, trustProxy, api: made.api, metrics, servesApi: true }),
    expiringToken: async (seconds) => {
      const past = { ...systemClock, now: () => new Date(Date.now() - (3_600 - seconds) * 1_000) };
      const [user] = await store.database.prisma.user.findMany({ where: { role: 'OWNER' } });
      const { token } = await createTokens({ jwtSecret: JWT_SECRET, clock: past }).issue(user?.id ?? 0n);
      return `Bearer ${token}`;
    },
  };
}

/** The codes of an answer's errors. */
export function codesOf(answer: Answer): unknown[] {
  return (answer.errors ?? []).map(({ extensions }) => extensions?.code);
}
