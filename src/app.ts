import { createAccounts } from './accounts/accounts.js';
import { createAuditLog } from './accounts/audit-log.js';
import type { Passwords } from './accounts/passwords.js';
import { setupCodeOf } from './accounts/setup-code.js';
import type { Config } from './config/config.js';
import { createConnections } from './connection/connection.js';
import { seedMarketplaces } from './connection/marketplaces.js';
import { rotateSealedValues } from './connection/sealed-credential.js';
import { createSealer } from './connection/sealing.js';
import { createSellerAccount } from './connection/seller-account.js';
import { type Clock, systemClock } from './core/clock.js';
import { type ClockCheck, createClockCheck } from './core/clock-check.js';
import { createLogger, type Logger } from './core/logger.js';
import { noTracer, type Tracer } from './core/tracer.js';
import { version } from './core/version.js';
import { type Database, openDatabase } from './database/database.js';
import { startErrorOf } from './database/start-errors.js';
import type { SyncRun } from './generated/prisma/client.js';
import { createHistoryEngine } from './history/history.js';
import { ChangeFeed } from './mirror/read/change-feed.js';
import { refreshSalesDays } from './mirror/write/sales-sums.js';
import { createNotifications, type Notifications } from './notifications/notifications.js';
import { countWaitingOrders } from './notifications/waiting-orders.js';
import { releaseAllRuns } from './runs/run-store.js';
import { isLoopback } from './server/http/caller.js';
import { createMetrics } from './server/http/metrics.js';
import { plainHttpWarnings } from './server/http/plain-http.js';
import { createServer } from './server/http/server.js';
import { createCallLog, type SpApiCall } from './spapi/http/call-log.js';
import { createBucketStore } from './spapi/http/rate-limit-store.js';
import { recordCall } from './spapi/http/trace-call.js';
import { createSpApi } from './spapi/spapi.js';
import { createSyncEngine, type SyncEngine } from './sync/engine.js';
import { makeMissingIndexes, mapStoredOrdersAgain } from './upgrade.js';
import { defaultRetryPlan } from './webhooks/retry.js';
import { resealSecrets } from './webhooks/secrets.js';
import { WebhookSender } from './webhooks/webhook-sender.js';
import { createWebhooks } from './webhooks/webhooks.js';

export interface App {
  /** The address that it listens on. */
  readonly url: string;
  /** The code that the first user needs to register as the owner; null if there is an owner. */
  readonly setupCode: string | null;
  readonly engine: SyncEngine;
  readonly database: Database;
  /** Leaves a run at its checkpoint, and closes sockets and database. */
  stop(): Promise<void>;
}

/** Parts that tests replace. */
export interface AppParts {
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly openDatabase?: typeof openDatabase;
  readonly passwords?: Passwords;
}

/**
 * Starts all parts of the program and connects them: database, accounts, connection, engine, API.
 * @throws {StartError} one line, with what to change; all parts are closed before
 */
export async function startApp(config: Config, parts: AppParts = {}): Promise<App> {
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await build(config, parts, closers, stop);
  } catch (error) {
    await stop();
    throw startErrorOf(error, config.database);
  }
}

async function build(
  config: Config,
  parts: AppParts,
  closers: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<App> {
  const clock = parts.clock ?? systemClock;
  const logger = parts.logger ?? createLogger({ level: config.log.level });
  const tracer = await openTracing(config, logger, closers);
  for (const warning of plainHttpWarnings(config.spapi)) logger.warn(warning);
  const database = await (parts.openDatabase ?? openDatabase)(config.database, {
    onTrouble: (message, err) => logger.warn({ err }, message),
    onUpgrade: (message) => logger.info(message),
  });
  closers.push(() => database.close());
  await seedMarketplaces(database);
  for (const missing of database.missing) logger.warn(missing);

  const clockCheck = createClockCheck(clock, logger);
  closers.push(await compareWithDatabase(database, clock, clockCheck));

  const metrics = createMetrics();
  metrics.watchState(database);
  const audit = createAuditLog(database);
  const setupCode = setupCodeOf(config.secrets.jwtSecret);
  const listensBeyondLoopback = !isLoopback(config.server.host);
  const { jwtSecret, encryptionKeys } = config.secrets;
  const { passwords } = parts;
  const accounts = createAccounts({ database, jwtSecret, setupCode, listensBeyondLoopback, clock, audit, passwords });

  const sealer = createSealer(encryptionKeys);
  await rotateSealedValues({ database, sealer, logger });
  await resealSecrets({ sql: database, sealer, logger });
  const usagePlans = createBucketStore(database, clock);
  const callLog = createCallLog({ sql: database, logger });
  closers.push(() => callLog.close());
  const onAnswer = (operation: string, status: number, ms: number) =>
    metrics.spApiRequest(operation, status, ms / 1000);
  const onCall = (call: SpApiCall) => {
    callLog.add(call);
    recordCall(tracer, call);
  };
  const onServerTime = (date: Date, before: Date) => clockCheck.compare('Amazon', date, before);
  const connections = createConnections({
    database,
    clock,
    audit,
    sealer,
    lwa: config.lwa,
    spapi: config.spapi,
    callLog,
    createSpApi: (address) =>
      createSpApi({ ...address, usagePlans, clock, logger, tracer, version, onAnswer, onServerTime, onCall }),
  });
  closers.push(() => connections.close());

  const stopping = new AbortController();
  const storeSales = () =>
    refreshSalesDays(database, stopping.signal).catch((err) =>
      logger.warn({ err }, 'The sums of the sales could not be stored.'),
    );
  // Days that a migration has marked, or that changed while no process ran.
  let salesKept = config.role === 'api' ? Promise.resolve() : storeSales();
  let notifications: Notifications | null = null;
  const onRunEnded = (run: SyncRun) => {
    const { ordersInserted: inserted, ordersUpdated: updated, ordersUnchanged: unchanged, ordersRejected } = run;
    metrics.ordersWritten({ inserted, updated, unchanged, rejected: ordersRejected });
    const seconds = ((run.finishedAt ?? run.startedAt).getTime() - run.startedAt.getTime()) / 1000;
    metrics.runEnded(run.kind, run.status, seconds);
    salesKept = storeSales();
    void notifications?.runEnded(run);
    if (run.kind === 'ORDERS' && run.status === 'OK' && !run.dryRun) void history.startDue();
  };
  // Only this process can use an embedded database: claims in it are those of a process that died.
  if (database.kind === 'pglite') await releaseAllRuns(database);
  const runs = {
    database,
    clock,
    logger,
    account: createSellerAccount(connections),
    settings: config.sync,
    retention: config.retention,
    additionalDataSets: config.spapi.dataSets,
    callLog,
    works: config.role !== 'api',
    onRunEnded,
    tracer,
  };
  closers.push(async () => {
    stopping.abort();
    await salesKept;
  });
  const history = await createHistoryEngine({ ...runs, history: config.history, reportSettings: config.reports });
  closers.push(() => history.stop());
  const engine = await createSyncEngine({ ...runs, schedule: config.schedule });
  closers.push(() => engine.stop());

  const storeSalesSoon = atMostOnceAMinute(() => {
    salesKept = storeSales();
  });
  closers.push(() => storeSalesSoon.stop());
  const notified = await createNotifications({
    ...runs,
    connections,
    engine,
    includeItems: config.schedule.includeItems,
    queueUrl: config.notifications.queueUrl,
    onBatch: metrics.notifications,
    onWritten: ({ counts, lagsMs }) => {
      metrics.ordersWritten(counts);
      for (const lagMs of lagsMs) metrics.notificationLag(lagMs / 1000);
      if (counts.inserted + counts.updated > 0) storeSalesSoon.run();
    },
  });
  metrics.notifiedOrdersWaiting(() => countWaitingOrders(database));
  notifications = notified;
  closers.push(() => notified.stop());

  if (config.role !== 'api') closers.push(mapStoredOrdersAgain(database, logger));
  closers.push(makeMissingIndexes(database, logger));

  const changes = await ChangeFeed.open(database);
  closers.push(() => changes.close());
  const { allowPrivate, timeoutMs, plan } = config.webhooks;
  const sending = {
    ...{ database, clock, logger, tracer, sealer, timeoutMs },
    rules: { allowPrivate },
    userAgent: `Ordermirror/${version}`,
  };
  if (config.role !== 'api') {
    const { heartbeatMs, leaseMs } = config.sync;
    const sender = await WebhookSender.open({
      ...{ ...sending, feed: changes, heartbeatMs, leaseMs },
      plan: { ...defaultRetryPlan, ...plan },
      onAttempt: metrics.webhookAttempt,
    });
    metrics.webhooksPending(() => sender.pending);
    closers.push(() => sender.stop());
  }
  const webhooks = createWebhooks({ ...sending, audit });
  const api = {
    database,
    accounts,
    connections,
    engine,
    history,
    notifications,
    changes,
    webhooks,
    clock,
    clockCheck,
    audit,
    logger,
    tracer,
  };
  const server = createServer({ ...config.server, api, metrics, servesApi: config.role !== 'worker' });
  closers.push(() => server.stop());
  const { url } = await server.listen();

  const needsOwner = await accounts.needsOwner();
  return { url, setupCode: needsOwner ? setupCode : null, engine, database, stop };
}

/** Loads OpenTelemetry only where it is on. */
async function openTracing(config: Config, logger: Logger, closers: (() => Promise<void> | void)[]): Promise<Tracer> {
  if (!config.tracing) return noTracer;
  const { openTracer } = await import('./core/open-telemetry.js');
  const { tracer, close } = openTracer(logger);
  closers.push(close);
  return tracer;
}

/** Returns a function that does the work a minute after the first of its calls. */
function atMostOnceAMinute(work: () => void): { run(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    run: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        work();
      }, 60_000).unref();
    },
    stop: () => clearTimeout(timer),
  };
}

const CLOCK_CHECK_EVERY_MS = 60_000;

/** Compares the clock with the database server's, now and every minute. The embedded database has no clock of its own. */
async function compareWithDatabase(database: Database, clock: Clock, check: ClockCheck): Promise<() => void> {
  if (database.kind === 'pglite') return () => {};
  const compare = async () => {
    const before = clock.now();
    const [row] = await database.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    if (row) check.compare('database', row.now, before);
  };
  await compare();
  // Errors of the database are reported elsewhere.
  const timer = setInterval(() => void compare().catch(() => {}), CLOCK_CHECK_EVERY_MS).unref();
  return () => clearInterval(timer);
}
