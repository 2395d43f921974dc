import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from '../lib/children.js';
import { atTheEnd } from '../lib/cleanup.js';

const VERSION = '5.1.5';
const LEAST_NODE = 22;
const INSTALL_TIMEOUT_MS = 180_000;
const run = promisify(execFile);

/**
 * PostGraphile 5 on this database, installed for this run only: it wants Node 22, so that it is no dependency.
 * @param {string | null} node what `newNode` has found
 * @param {import('../lib/databases.js').BenchDatabase['config']} database
 * @returns {Promise<import('../lib/children.js').Server | string>} why it is skipped
 */
export async function startPostGraphile(node, database) {
  if (database.kind === 'pglite') return 'it wants a server';
  if (node === null) return `it needs Node ${LEAST_NODE}: run this with it, or name its binary in BENCH_NODE`;
  const folder = await mkdtemp(join(tmpdir(), 'ordermirror-postgraphile-'));
  atTheEnd(() => rm(folder, { recursive: true, force: true }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await run('npm', ['install', '--prefix', folder, ...flags, `postgraphile@${VERSION}`], {
      timeout: INSTALL_TIMEOUT_MS,
    });
  } catch (error) {
    return `npm could not install it (${/** @type {any} */ (error).stderr?.trim().split('\n')[0] || error})`;
  }
  const env = { NODE_ENV: 'production', GRAPHILE_ENV: 'production' };
  return startServer('bench/read/postgraphile-server.js', { node, args: [folder, database.url], env });
}

/** A Node that PostGraphile runs on: this one, or the one that BENCH_NODE names. Null where there is none. */
export async function newNode() {
  for (const node of [process.execPath, process.env.BENCH_NODE]) {
    if (!node) continue;
    const version = await run(node, ['--version']).then(
      ({ stdout }) => stdout,
      () => '',
    );
    if (Number(/^v(\d+)/.exec(version)?.[1]) >= LEAST_NODE) return node;
  }
  return null;
}

/** Its page as ours: it names and nests some things in its own way. @param {any} connection what it answers */
export function asOurPage({ edges, pageInfo }) {
  const money = (/** @type {any} */ amount, /** @type {any} */ currencyCode) => amount && { amount, currencyCode };
  return {
    pageInfo,
    edges: edges.map((/** @type {any} */ { node }) => {
      const { orderTotalAmount, orderTotalCurrency, amazonOrderItemsByOrderId, ...order } = node;
      return {
        node: {
          ...order,
          purchaseDate: new Date(order.purchaseDate).toISOString(),
          lastUpdateDate: new Date(order.lastUpdateDate).toISOString(),
          orderTotal: money(orderTotalAmount, orderTotalCurrency),
          items: amazonOrderItemsByOrderId.nodes.map((/** @type {any} */ item) => {
            const { itemPriceAmount, itemPriceCurrency, ...line } = item;
            return { ...line, itemPrice: money(itemPriceAmount, itemPriceCurrency) };
          }),
        },
      };
    }),
  };
}
