import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { malformed } from './malformed.js';
import { type Known, operations } from './operations.js';
import { type Random, randomFrom } from './random.js';
import { type FuzzedServer, startFuzzedServer } from './server-process.js';
import { type Outcome, type Target, transports } from './transports.js';

const PASSWORD = 'a long enough password';
/** A slow request is repeated; it is a failure if it blocks the event loop each time. */
const RETRIES = 3;
const MAX_FAILURES = 50;

export interface FuzzOptions {
  /** Environment of the server, whose database is seeded. */
  readonly env: Record<string, string>;
  readonly seed: number;
  readonly ms: number;
  /** Plays this request only. */
  readonly only?: number | undefined;
  /** Longest time that a request may block the event loop. */
  readonly maxBlockedMs: number;
}

export interface KindReport {
  readonly kind: string;
  requests: number;
  p99Ms: number;
  worstBlockedMs: number;
  /** Number of the request that blocked the event loop longest. */
  worstRequest: number;
  faults: number;
}

export interface Failure {
  readonly request: number;
  readonly kind: string;
  readonly what: string;
  readonly text: string;
}

export interface FuzzReport {
  readonly kinds: readonly KindReport[];
  readonly failures: readonly Failure[];
  /** Heap in use after garbage collection at a quarter, half and all of the time. */
  readonly heapBytes: readonly number[];
}

interface Played {
  readonly kind: string;
  readonly blockedMs: number;
  readonly ms: number;
  readonly outcome: Outcome;
  readonly text: string;
}

type Play = (request: number) => Promise<Played>;

/** Plays random requests, each derived from the seed and its number, on a server in another process. */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const server = await startFuzzedServer(options.env);
  try {
    return await playAll(server, await playerOn(server, options.seed), options);
  } finally {
    await server.stop();
  }
}

async function playAll(server: FuzzedServer, play: Play, options: FuzzOptions): Promise<FuzzReport> {
  const { ms, only, maxBlockedMs } = options;
  const kinds = new Map<string, KindReport & { readonly times: number[] }>();
  const failures: Failure[] = [];
  const heapBytes: number[] = [];
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / ms;
  for (let request = only ?? 1; elapsed() < 1; request += 1) {
    if (heapBytes.length < 2 && elapsed() > 0.25 * (1 + heapBytes.length))
      heapBytes.push((await server.sample('memory')).heapBytes);
    const played = await play(request);
    let { blockedMs } = played;
    for (let retry = 0; retry < RETRIES && blockedMs > maxBlockedMs && server.alive(); retry += 1)
      blockedMs = Math.min(blockedMs, (await play(request)).blockedMs);

    const { kind, outcome, text } = played;
    const none = { kind, requests: 0, p99Ms: 0, worstBlockedMs: 0, worstRequest: 0, faults: 0, times: [] };
    const entry = kinds.get(kind) ?? none;
    kinds.set(kind, entry);
    entry.requests += 1;
    entry.times.push(played.ms);
    if (blockedMs > entry.worstBlockedMs)
      Object.assign(entry, { worstBlockedMs: Math.round(blockedMs), worstRequest: request });
    const blocked = blockedMs > maxBlockedMs ? `blocked the event loop for ${Math.round(blockedMs)} ms` : null;
    const what = server.alive() ? (outcome.fault ?? blocked) : `the server died: ${server.printed().slice(-2_000)}`;
    if (what !== null) {
      entry.faults += 1;
      failures.push({ request, kind, what, text: `${text.slice(0, 1_500)} → ${outcome.answer.slice(0, 500)}` });
    }
    if (!server.alive() || only !== undefined || failures.length >= MAX_FAILURES) break;
  }
  heapBytes.push((await server.sample('memory')).heapBytes);
  const reports = [...kinds.values()].map(({ times, ...report }) => ({ ...report, p99Ms: p99(times) }));
  return { kinds: reports.sort((a, b) => b.worstBlockedMs - a.worstBlockedMs), failures, heapBytes };
}

function p99(times: number[]): number {
  return Math.round(times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0);
}

async function playerOn(server: FuzzedServer, seed: number): Promise<Play> {
  const { schema, known, viewer } = await prepare(server.url);
  return async (request) => {
    const random = randomFrom(seed * 1_000_003 + request);
    const target = { url: server.url, authorization: random.chance(0.6) ? viewer : null };
    const { kind, text, run } = makeRequest(random, schema, known, target);
    await server.sample();
    const started = performance.now();
    const outcome = await run();
    const ms = performance.now() - started;
    const { blockedMs } = await server.sample();
    return { kind, text, outcome, ms, blockedMs };
  };
}

function makeRequest(random: Random, schema: GraphQLSchema, known: Known, target: Target) {
  const who = target.authorization ? 'viewer' : 'no session';
  const kind = random.pick([...Object.keys(operations), ...Object.keys(malformed)]);
  const params = operations[kind]?.(random, schema, known);
  if (!params)
    return { kind, text: who, run: async () => (malformed[kind] as (typeof malformed)[string])(target, random) };
  const name = random.pick(Object.keys(transports));
  const transport = transports[name] as (typeof transports)[string];
  // An operation that is sent again is cached and compiled.
  const times = random.chance(0.5) ? 2 : 1;
  const run = async () => {
    const first = await transport(target, params);
    return times === 1 || first.fault !== null ? first : transport(target, params);
  };
  return { kind, text: `${who}, ${name}, ${times} times: ${JSON.stringify(params)}`, run };
}

interface Page {
  readonly edges: readonly { cursor: string }[];
  readonly nodes: readonly { id: string; amazonOrderId: string; items: readonly { id: string; sellerSku: string }[] }[];
}

/** Creates an owner and a viewer and reads values from the mirror. */
async function prepare(url: string) {
  const api = createApiClient(url);
  const account = `password: "${PASSWORD}"`;
  const { register } = await api.request<{ register: { token: string } }>(
    `mutation { register(email: "owner@example.com", ${account}) { token } }`,
  );
  api.signIn(register.token);
  await api.request(`mutation { createUser(email: "viewer@example.com", ${account}, role: VIEWER) { id } }`);
  const { login } = await api.request<{ login: { token: string } }>(
    `mutation { login(email: "viewer@example.com", ${account}) { token } }`,
  );
  const schema = buildClientSchema(await api.request<IntrospectionQuery>(getIntrospectionQuery()));
  const { orders } = await api.request<{ orders: Page }>(
    '{ orders(first: 200) { edges { cursor } nodes { id amazonOrderId items { id sellerSku } } } }',
  );
  const known: Known = {
    ids: orders.nodes.flatMap(({ id, items }) => [id, ...items.map((item) => item.id)]),
    cursors: orders.edges.map(({ cursor }) => cursor),
    texts: orders.nodes
      .slice(0, 20)
      .flatMap(({ amazonOrderId, items }) => [amazonOrderId, ...items.map((i) => i.sellerSku)]),
  };
  return { schema, known, viewer: `Bearer ${login.token}` };
}
