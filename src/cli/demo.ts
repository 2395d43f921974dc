import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '../app.js';
import { loadConfig } from '../config/config.js';
import { StartError } from '../core/errors.js';
import { changeRegularly } from '../simulator/live-changes.js';
import { type Simulator, startSimulator } from '../simulator/simulator.js';
import { type ApiClient, createApiClient } from './demo/api-client.js';
import { followChange, QUEUE_ENVIRONMENT, setUpNotifications } from './demo/live-change.js';
import { followHistory } from './demo/older-orders.js';
import * as screen from './terminal.js';

/** Over two years; three in five were created in the last month. */
const ORDERS = 2_000;
/** Amazon allows one report a minute and takes longer to make it. */
const REPORT_PLAN = { rate: 100, burst: 100 };
const SIMULATED_REPORTS = { queueMs: 100, processingMs: 200 };
const REPORT_TIMES = { pollMs: 200, retryMs: 200, patienceMs: 60_000 };
/** While the demo keeps running. */
const CHANGE_EVERY_MS = 15_000;
const EMAIL = 'demo@example.com';

interface Run extends screen.Progress {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
}

interface OrdersPage {
  readonly orders: {
    readonly nodes: readonly { readonly items: readonly unknown[] }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

interface Flags {
  /** Ends the demo after its last step, in place of keeping the server running. */
  readonly exit: boolean;
}

/** `ordermirror demo`: starts the simulator and the real server, and uses the server over GraphQL as an owner does. */
export async function demo(flags: Flags): Promise<void> {
  screen.title('Ordermirror demo, with a simulated Amazon');
  const startedAt = Date.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'ordermirror-demo-'));
  const closers: (() => Promise<void>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => void closeAll().finally(() => process.exit(0)));
  try {
    const simulator = await startSimulator({
      orders: ORDERS,
      settled: flags.exit,
      usagePlans: { createReport: REPORT_PLAN, getReport: REPORT_PLAN, getReportDocument: REPORT_PLAN },
      reports: SIMULATED_REPORTS,
    });
    closers.push(() => simulator.close());
    screen.done('Started the SP-API simulator', `${simulator.url}, ${screen.number(simulator.book.size)} orders`);
    const app = await startServer(simulator, dataDir);
    closers.push(() => app.stop());
    screen.done('Started the server', `${app.url}, embedded database`);

    const password = randomBytes(9).toString('base64url');
    const api = createApiClient(app.url);
    const token = await connect(api, simulator, password);
    await setUpNotifications(api, simulator);
    const syncStartedAt = Date.now();
    await sync(api);
    const syncTime = seconds(syncStartedAt);
    screen.title('Reading older orders from reports of 30 days each');
    const historyStartedAt = Date.now();
    await followHistory(api);
    const times = [`${syncTime} for the sync`, `${seconds(historyStartedAt)} for the older orders`];
    await followChange(api, simulator);
    await printResult(api, simulator, [...times, `${seconds(startedAt)} in total`]);
    if (flags.exit) return await closeAll();
    printAddresses(app, password, token);
    keepChanging(simulator);
  } catch (error) {
    screen.failed(error instanceof Error ? error.message : String(error));
    await closeAll();
    process.exit(1);
  }
}

/** Changes an order from time to time, so that there is something to watch on the admin page. */
function keepChanging(simulator: Simulator): void {
  changeRegularly(simulator, CHANGE_EVERY_MS, () => {});
  screen.note(`The server keeps running, and an order changes every ${CHANGE_EVERY_MS / 1000} seconds.`);
  screen.note('Ctrl-C stops it and deletes its data.\n');
}

/** Listens on the default port, or on any free one if that is taken. */
async function startServer(simulator: Simulator, dataDir: string): Promise<App> {
  const environment = {
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    SP_API_ENDPOINT: simulator.url,
    LWA_ENDPOINT: simulator.url,
    NOTIFICATIONS_QUEUE_URL: simulator.queueUrl,
  };
  Object.assign(process.env, QUEUE_ENVIRONMENT);
  const { PORT } = process.env;
  const start = (port: string | undefined) =>
    startApp({ ...loadConfig({ ...environment, PORT: port }), reports: REPORT_TIMES });
  try {
    return await start(PORT);
  } catch (error) {
    if (!(error instanceof StartError) || PORT) throw error;
    return start('0');
  }
}

async function connect(api: ApiClient, simulator: Simulator, password: string): Promise<string> {
  const { register } = await api.request<{ register: { token: string } }>(
    `mutation ($email: String!, $password: String!) { register(email: $email, password: $password) { token } }`,
    { email: EMAIL, password },
  );
  api.signIn(register.token);
  screen.done('Registered the owner', EMAIL);

  const { saveConnection } = await api.request<{
    saveConnection: { region: string; marketplaces: { name: string }[] };
  }>(`mutation ($input: SaveConnectionInput!) { saveConnection(input: $input) { region marketplaces { name } } }`, {
    input: { region: 'NA', sellerIdentifier: 'Demo seller', marketplaceIds: simulator.marketplaceIds },
  });
  screen.done('Saved the connection', saveConnection.marketplaces.map(({ name }) => name).join(', '));

  await api.request(`mutation ($input: SaveCredentialInput!) { saveCredential(input: $input) { hasRefreshToken } }`, {
    input: {
      refreshToken: 'Atzr|demo',
      lwaClientId: 'amzn1.application-oa2-client.demo',
      lwaClientSecret: 'demo-secret',
      note: 'Created by the demo',
    },
  });
  screen.done('Saved the credential', 'encrypted with AES-256-GCM');

  const { pingSpApi: ping } = await api.request<{
    pingSpApi: { ok: boolean; error: string | null; marketplaces: unknown[] };
  }>(`mutation { pingSpApi { ok error marketplaces { name } } }`);
  if (!ping.ok) throw new Error(`The test of the connection failed: ${ping.error}`);
  screen.done('Tested the connection', `${ping.marketplaces.length} marketplaces`);
  return register.token;
}

async function sync(api: ApiClient): Promise<void> {
  const { syncOrders } = await api.request<{ syncOrders: { id: string } }>(
    `mutation { syncOrders(includeItems: true) { id } }`,
  );
  screen.title('Syncing the orders of the last 30 days, with items');
  let last: Run | undefined;
  for await (const { syncProgress } of api.subscribe<{ syncProgress: Run }>(
    `subscription ($id: ID) { syncProgress(runId: $id) {
       id status error progress ordersSeen itemsSeen requests waitingUntil
     } }`,
    { id: syncOrders.id },
  )) {
    last = syncProgress;
    screen.progressBar(last);
  }
  screen.endProgress();
  if (last?.status !== 'OK') throw new Error(`The sync ended with ${last?.status}: ${last?.error}`);
}

/** Compares the mirror with the simulator's orders, and prints both. @throws {Error} if they differ */
async function printResult(api: ApiClient, simulator: Simulator, times: readonly string[]): Promise<void> {
  const mirrored = await countMirrored(api);
  const inBook = simulator.book.orders();
  const items = inBook.reduce((sum, order) => sum + order.orderItems.length, 0);
  const calls = `${simulator.count('searchOrders')} of searchOrders, ${simulator.count('createReport')} of createReport`;
  screen.title('Result');
  screen.line('Orders', `${screen.number(mirrored.orders)} of ${screen.number(inBook.length)}`);
  screen.line('Items', `${screen.number(mirrored.items)} of ${screen.number(items)}`);
  screen.line('Requests', `${simulator.count()} (${calls})`);
  screen.line('Time', times.join(', '));
  if (mirrored.orders !== inBook.length || mirrored.items !== items)
    throw new Error('The mirror differs from the orders of the simulator.');
}

/** Counts what the mirror has, page by page. */
async function countMirrored(api: ApiClient): Promise<{ orders: number; items: number }> {
  let [orders, items] = [0, 0];
  let after: string | null = null;
  do {
    const { orders: page }: OrdersPage = await api.request<OrdersPage>(
      `query ($after: String) {
         orders(first: 100, after: $after) { nodes { items { orderItemId } } pageInfo { hasNextPage endCursor } }
       }`,
      { after },
    );
    orders += page.nodes.length;
    items += page.nodes.reduce((sum, order) => sum + order.items.length, 0);
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
  } while (after !== null);
  return { orders, items };
}

/** @param token null if the server ends now */
function printAddresses(app: App, password: string, token: string): void {
  screen.title('Open in a browser');
  screen.line('GraphiQL', `${app.url}/graphql`);
  screen.line('Admin page', `${app.url}/admin`);
  screen.line('Sign in', `${EMAIL} with the password ${password}`);
  screen.note('In GraphiQL, put this under Headers (valid for an hour; then use the mutation login):');
  screen.note(JSON.stringify({ authorization: `Bearer ${token}` }));
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
