// The server as dist/ordermirror.js starts it, but quick to test: a lease of 1.5 s in place of 15, an early look at reports,
// early retries of webhooks, and password hashes at a thousandth of the cost. On SIGUSR2 it collects garbage (node --expose-gc) and logs its memory.
import { createPasswords } from '../../dist/accounts/passwords.js';
import { defaultReports, defaultSync, loadConfig } from '../../dist/config/config.js';
import { limitGarbage } from '../../dist/core/limit-garbage.js';
import { createLogger } from '../../dist/core/logger.js';
import { startApp } from '../../dist/ordermirror-app.js';

const loaded = loadConfig(process.env);
const config = {
  ...loaded,
  webhooks: { ...loaded.webhooks, timeoutMs: 300, plan: { pauses: [20, 50], endpointPauses: [50] } },
  sync: { ...defaultSync, heartbeatMs: 300, leaseMs: 1_500 },
  reports: { ...defaultReports, pollMs: 50 },
};
limitGarbage();
const logger = createLogger({ level: config.log.level });
for (const event of ['uncaughtException', 'unhandledRejection'])
  process.on(event, (err) => {
    logger.fatal({ err }, 'The process ends: uncaught error.');
    process.exit(1);
  });
const app = await startApp(config, { logger, passwords: createPasswords({ N: 2 ** 5, r: 8, p: 1 }) });
logger.info(`Ordermirror listens on ${app.url}`);
process.on('SIGTERM', () => {
  void app.stop().then(() => process.exit(0));
});
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  logger.info({ memory: process.memoryUsage() }, 'Garbage is collected.');
});
