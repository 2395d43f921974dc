import { type App, startApp } from '../app.js';
import { loadConfig } from '../config/config.js';
import { loadEnvFile } from '../config/environment.js';
import { StartError } from '../core/errors.js';
import { limitGarbage } from '../core/limit-garbage.js';
import { createLogger } from '../core/logger.js';
import { redactText } from '../core/redaction.js';
import { howToRegister } from '../server/http/first-owner.js';

/** Orchestrators kill a process 10 s after SIGTERM by default. */
const MAX_STOP_MS = 9_000;

async function startServer(): Promise<void> {
  limitGarbage();
  loadEnvFile('.env');
  // The version of AWS's client that is used here runs on this Node.js; the warning is about later ones.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const config = loadConfig(process.env);
  const logger = createLogger({ level: config.log.level });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (err: unknown) => {
      logger.fatal({ err }, 'The process ends: uncaught error.');
      process.exit(1);
    });

  // Node's own handler prints plain text over several lines.
  process.removeAllListeners('warning');
  process.on('warning', (err) => logger.warn({ err }, 'Node.js warns.'));

  const app = await startApp(config, { logger }).catch((err) => {
    if (!(err instanceof StartError)) logger.fatal({ err }, 'The start failed: unexpected error.');
    throw err;
  });
  stopOnSignals(app, (message) => logger.info(message));
  logger.info({ url: app.url, role: config.role, database: config.database.kind }, `Ordermirror listens on ${app.url}`);
  if (app.setupCode !== null)
    logger.warn({ setupCode: app.setupCode }, howToRegister(app.url, config.server.host, app.setupCode));
}

/** A second signal ends the process at once; a second SIGHUP doesn't, since a closed terminal sends one to each process. */
function stopOnSignals(app: App, log: (message: string) => void): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping && signal === 'SIGHUP') return;
    if (stopping) process.exit(1);
    stopping = true;
    log(`${signal}: stopping.`);
    setTimeout(() => process.exit(1), MAX_STOP_MS).unref();
    void app.stop().then(() => {
      log('Stopped.');
      process.exit(0);
    });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, stop);
}

/** `ordermirror start`: runs the server until a signal ends it. A failed start prints one line, and sets exit code 1. */
export async function start(): Promise<void> {
  try {
    await startServer();
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    const advice = error instanceof StartError ? '' : ' This is a bug in Ordermirror: report it with the lines above.';
    process.stderr.write(`Ordermirror can't start. ${redactText(reason ?? '')}${advice}\n`);
    process.exitCode = 1;
  }
}
