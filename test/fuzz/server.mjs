// The server as dist/ordermirror.js starts it, with a side channel to its parent: how long its event loop was held since it
// was last asked, and how much memory is in use after a collection of garbage (node --expose-gc).
import { loadConfig } from '../../dist/config/config.js';
import { createLogger } from '../../dist/core/logger.js';
import { startApp } from '../../dist/ordermirror-app.js';

const TICK_MS = 5;
let last = performance.now();
let held = 0;
const measure = () => {
  const now = performance.now();
  held = Math.max(held, now - last - TICK_MS);
  last = now;
};
setInterval(measure, TICK_MS);

process.on('message', (question) => {
  if (question === 'memory') globalThis.gc();
  measure();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send({
    heldMs: question === 'memory' ? 0 : Math.max(0, held),
    heapBytes: heapUsed + external,
    rssBytes: rss,
  });
  if (question === 'memory') last = performance.now();
  held = 0;
});
process.on('disconnect', () => process.exit(0));

const config = loadConfig(process.env);
const app = await startApp(config, { logger: createLogger({ level: 'warn' }) });
process.send({ url: app.url });
