// The server as dist/ordermirror.js starts it, but with a lease of 1.5 s in place of 15, so that tests of lost claims are quick, and with an
// early look at reports;
// on SIGUSR2 it collects garbage (node --expose-gc) and logs its memory usage.
import { defaultReports, defaultSync, loadConfig } from '../../dist/config/config.js';
import { createLogger } from '../../dist/core/logger.js';
import { startApp } from '../../dist/ordermirror-app.js';

const config = {
  ...loadConfig(process.env),
  sync: { ...defaultSync, heartbeatMs: 300, leaseMs: 1_500 },
  reports: { ...defaultReports, pollMs: 50 },
};
const logger = createLogger({ level: config.log.level });
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (err) => {
    logger.fatal({ err }, 'The process ends: uncaught error.');
    process.exit(1);
  });
const app = await startApp(config, { logger });
logger.info(`Ordermirror listens on ${app.url}`);
process.on('SIGTERM', () => {
  void app.stop().then(() => process.exit(0));
});
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  logger.info({ memory: process.memoryUsage() }, 'Garbage is collected.');
});
