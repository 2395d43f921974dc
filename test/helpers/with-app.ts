import { afterAll, onTestFinished } from 'vitest';
import { type App, startApp } from '../../src/app.js';
import { type ApiClient, createApiClient } from '../../src/cli/demo/api-client.js';
import { type Config, loadConfig } from '../../src/config/config.js';
import type { Clock } from '../../src/core/clock.js';
import { createLogger } from '../../src/core/logger.js';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.js';
import { cheapPasswords } from './cheap-passwords.js';
import { createTestDatabase, type TestDatabase } from './with-database.js';
import { connectAsOwner } from './with-process.js';
import { type OnEnd, withSimulator } from './with-sync.js';

export interface TestApp {
  readonly app: App;
  readonly store: TestDatabase;
  /** Signed in as the owner, whose connection and credential are saved. */
  readonly owner: ApiClient;
  /** Not signed in. */
  readonly anonymous: ApiClient;
  /** Makes a viewer and signs in as them. */
  viewer(): Promise<ApiClient>;
  /** What the app logged so far. */
  log(): string;
  /** Resolves when a text has been logged `times` times. */
  logged(text: string, times?: number): Promise<void>;
}

export interface AppOptions {
  region?: string;
  /** Of the connection; by default the simulator's. */
  marketplaceIds?: readonly string[];
  refreshToken?: string;
  /** A fresh server, without an owner or a connection (default false). */
  fresh?: boolean;
  change?: (config: Config) => Config;
  clock?: Clock;
  /** The database of another app, which has the owner and the connection. PostgreSQL only. */
  besides?: TestApp;
}

/** Starts the whole app in this process, on a database of its own, with the simulator as Amazon; stopped after the test. */
export async function withApp(
  simulator: Simulator,
  options: AppOptions = {},
  onEnd: OnEnd = onTestFinished,
): Promise<TestApp> {
  const { region, refreshToken, clock, besides, fresh = false, change = (config) => config } = options;
  const { marketplaceIds = simulator.marketplaceIds } = options;
  const test = besides?.store ?? (await createTestDatabase());
  if (!besides) onEnd(test.drop);
  const config = change({
    ...loadConfig({
      PORT: '0',
      SYNC_CRON: 'off',
      HISTORY: 'off',
      JWT_SECRET: 'a secret of the tests, long enough',
      ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      DATABASE_URL: 'postgresql://replaced/below',
      SP_API_ENDPOINT: simulator.url,
      LWA_ENDPOINT: simulator.url,
    }),
    database: test.config,
  });
  let logged = '';
  const waiting: { text: string; times: number; resolve: () => void }[] = [];
  const destination = {
    write: (line: string) => {
      logged += line;
      for (const wait of waiting) if (logged.split(wait.text).length > wait.times) wait.resolve();
    },
  };
  const logger = createLogger({ level: 'debug', destination });
  const app = await startApp(config, {
    logger,
    openDatabase: (_config, options) => test.open(options),
    passwords: cheapPasswords,
    ...(clock && { clock }),
  });
  onEnd(() => app.stop());
  const owner = createApiClient(app.url);
  if (!fresh && !besides) await connectAsOwner(owner, marketplaceIds, { region, refreshToken });
  return {
    app,
    store: test,
    owner,
    anonymous: createApiClient(app.url),
    viewer: async () => {
      await owner.request(
        `mutation { createUser(email: "viewer@example.com", password: "another long password", role: VIEWER) { id } }`,
      );
      const viewer = createApiClient(app.url);
      const { login } = await viewer.request<{ login: { token: string } }>(
        `mutation { login(email: "viewer@example.com", password: "another long password") { token } }`,
      );
      viewer.signIn(login.token);
      return viewer;
    },
    log: () => logged,
    logged: (text, times = 1) =>
      new Promise((resolve) => {
        if (logged.split(text).length > times) resolve();
        else waiting.push({ text, times, resolve });
      }),
  };
}

/** Starts a simulated Amazon and the whole app, on a database of its own. */
export async function startTestApp(
  simulatorOptions: SimulatorOptions = {},
  appOptions: AppOptions = {},
  onEnd: OnEnd = onTestFinished,
): Promise<TestApp & { readonly simulator: Simulator }> {
  const simulator = await withSimulator(simulatorOptions, onEnd);
  return { simulator, ...(await withApp(simulator, appOptions, onEnd)) };
}

/** Returns the app that the tests of a file share: the first call starts it, and it is stopped after the last test. */
export function sharedTestApp(...options: [SimulatorOptions?, AppOptions?]): () => ReturnType<typeof startTestApp> {
  const ends: (() => Promise<void>)[] = [];
  let started: ReturnType<typeof startTestApp> | undefined;
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });
  return () => {
    started ??= startTestApp(options[0], options[1], (end) => ends.push(end));
    return started;
  };
}
