import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createAccounts, type UserRole } from '../../src/accounts/accounts.js';
import { createAuditLog } from '../../src/accounts/audit-log.js';
import { createTokens } from '../../src/accounts/tokens.js';
import type { Network } from '../../src/config/config.js';
import { createConnections } from '../../src/connection/connection.js';
import { createSealer } from '../../src/connection/sealing.js';
import { systemClock } from '../../src/core/clock.js';
import { createClockCheck } from '../../src/core/clock-check.js';
import { createLogger } from '../../src/core/logger.js';
import { noTracer } from '../../src/core/tracer.js';
import type { Database } from '../../src/database/database.js';
import type { ApiParts } from '../../src/graphql/context.js';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import type { HistoryEngine } from '../../src/history/history.js';
import { ChangeFeed } from '../../src/mirror/read/change-feed.js';
import type { Notifications } from '../../src/notifications/notifications.js';
import { createMetrics } from '../../src/server/http/metrics.js';
import { createServer, type OrdermirrorServer } from '../../src/server/http/server.js';
import { createWebhooks } from '../../src/webhooks/webhooks.js';
import { cheapPasswords } from './cheap-passwords.js';
import { type HandDrivenEngine, handDrivenEngine } from './hand-driven-engine.js';

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

export interface TestServer {
  readonly database: Database;
  /** Statements sent to the database; empty it to count. */
  readonly statements: string[];
  /** `http://127.0.0.1:…`, without a path. */
  readonly url: string;
  readonly graphqlUrl: string;
  readonly webSocketUrl: string;
  readonly engine: HandDrivenEngine;
  readonly api: ApiParts;
  /** `Bearer …` */
  readonly owner: string;
  readonly viewer: string;
  /** Creates an API key. `authorization`: `Bearer om_…`; `id`: its global id. */
  createKey(role: UserRole, expiresAt?: Date): Promise<{ authorization: string; secret: string; id: string }>;
  /** Logged lines. */
  readonly log: string[];
  /** Sends an operation, without a token unless `authorization` has one. */
  ask(query: string, variables?: Record<string, unknown>, authorization?: string | null): Promise<Answer>;
  /** Creates a second server with the same parts, to be stopped by the test. */
  another(host?: string, port?: number, trustProxy?: readonly Network[]): OrdermirrorServer;
  /** Returns a token of the owner that expires in `seconds`. */
  expiringToken(seconds: number): Promise<string>;
  stop(): Promise<void>;
}

/** The API's server with an engine that the test controls, an owner and a viewer. */
export async function startTestServer(database: Database, statements: string[]): Promise<TestServer> {
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', destination: { write: (line) => void log.push(line) } });
  const engine = handDrivenEngine();
  const metrics = createMetrics();
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
  const clockCheck = createClockCheck(systemClock, logger);
  const history: HistoryEngine = {
    start: () => Promise.reject(new Error('There is no history here.')),
    startCheck: () => Promise.reject(new Error('There are no checks here.')),
    startDue: async () => {},
    stop: async () => {},
  };
  const notifications: Notifications = {
    setUp: () => Promise.reject(new Error('There is no queue here.')),
    remove: () => Promise.reject(new Error('There is no queue here.')),
    test: () => Promise.reject(new Error('There is no queue here.')),
    runEnded: async () => {},
    stop: async () => {},
  };
  const changes = await ChangeFeed.open(database);
  const webhooks = createWebhooks({
    ...{ database, audit, clock: systemClock, sealer: createSealer([Buffer.alloc(32, 7)]) },
    ...{ rules: { allowPrivate: true }, userAgent: 'Ordermirror/test', timeoutMs: 1_000 },
  });
  const api = {
    database,
    webhooks,
    accounts,
    connections,
    engine,
    history,
    notifications,
    changes,
    clock: systemClock,
    clockCheck,
    audit,
    logger,
    tracer: noTracer,
  };
  const caller = { address: '127.0.0.1', local: true };
  const owner = await accounts.register({ email: 'owner@example.com', password: PASSWORD }, caller);
  await accounts.createUser(owner.user, { email: 'viewer@example.com', password: PASSWORD, role: 'VIEWER' });
  const viewer = await accounts.login({ email: 'viewer@example.com', password: PASSWORD }, caller);
  const another = (host = '127.0.0.1', port = 0, trustProxy: readonly Network[] = []) =>
    createServer({ host, port, trustProxy, api, metrics, servesApi: true });
  const server = another();
  const { url } = await server.listen();
  return {
    database,
    statements,
    url,
    graphqlUrl: `${url}/graphql`,
    webSocketUrl: `${url.replace('http', 'ws')}/graphql`,
    engine,
    api,
    owner: `Bearer ${owner.token}`,
    viewer: `Bearer ${viewer.token}`,
    createKey: async (role, expiresAt) => {
      const { apiKey, secret } = await accounts.createApiKey(owner, { name: `${role} key`, role, expiresAt });
      return { authorization: `Bearer ${secret}`, secret, id: encodeGlobalId('ApiKey', apiKey.id) };
    },
    log,
    ask: async (query, variables = {}, authorization = null) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as Answer;
    },
    another,
    expiringToken: async (seconds) => {
      const past = { ...systemClock, now: () => new Date(Date.now() - (3_600 - seconds) * 1_000) };
      const { token } = await createTokens({ jwtSecret: JWT_SECRET, clock: past }).issue(owner.user.id);
      return `Bearer ${token}`;
    },
    stop: async () => {
      await server.stop();
      changes.close();
    },
  };
}

/** The codes of an answer's errors. */
export function codesOf(answer: Answer): unknown[] {
  return (answer.errors ?? []).map(({ extensions }) => extensions?.code);
}
