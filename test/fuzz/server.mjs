// The server as dist/ordermirror.js starts it. Reports to its parent how long its event loop was blocked since the last
// report, and the memory in use after garbage collection (node --expose-gc).
import { loadConfig } from '../../dist/config/config.js';
import { createLogger } from '../../dist/core/logger.js';
import { startApp } from '../../dist/ordermirror-app.js';

const TICK_MS = 5;
let last = performance.now();
let blocked = 0;
const measure = () => {
  const now = performance.now();
  blocked = Math.max(blocked, now - last - TICK_MS);
  last = now;
};
setInterval(measure, TICK_MS);

process.on('message', (question) => {
  if (question === 'memory') globalThis.gc();
  measure();
  const { heapUsed, external } = process.memoryUsage();
  process.send({ blockedMs: question === 'memory' ? 0 : Math.max(0, blocked), heapBytes: heapUsed + external });
  if (question === 'memory') last = performance.now();
  blocked = 0;
});
process.on('disconnect', () => process.exit(0));

const config = loadConfig(process.env);
const app = await startApp(config, { logger: createLogger({ level: 'warn' }) });
process.send({ url: app.url });
