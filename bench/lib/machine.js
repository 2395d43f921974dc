import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { number } from './tables.js';

/**
 * What the figures were measured on.
 * @param {string | null} postgres its version; null where it isn't measured
 */
export function machine(postgres) {
  const [cpu] = cpus();
  const [load = 0] = loadavg();
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpu?.model.trim()}, ${cpus().length} cores, ${number(totalmem() / 2 ** 30)} GB`,
    `Node ${process.versions.node}, PostgreSQL ${postgres ?? '–'}, PGlite ${pgliteVersion()}`,
    `Load average before the start: ${load.toFixed(1)}. What else the machine does moves all figures: compare the ratios.`,
  ];
}

function pgliteVersion() {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  return JSON.parse(readFileSync(join(dirname(entry), '../package.json'), 'utf8')).version;
}
