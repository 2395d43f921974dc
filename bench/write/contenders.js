import { orderRows, saveOrders, writeOrders } from '../lib/ordermirror.js';
import { secondsOf } from '../lib/rounds.js';
import { emptyMirror, sourceInMemory } from '../lib/runner.js';
import { createMany, upsertEach } from './prisma-writes.js';

/** @typedef {import('../../src/database/database.js').Database} Database */
/** @typedef {import('../../src/spapi/orders/wire.js').Order} Order */
/** @typedef {import('../../src/mirror/write/order-rows.js').OrderRow} OrderRow */

/** Row by row is slow: a small sample gives its rate. */
export const UPSERTS = 30;
/** Orders a statement, of those that are written in batches. */
const BATCH = 500;

/**
 * Everything that writes the same pages, each into empty tables. They give orders a second.
 * @param {object} parts
 * @param {Database} parts.database
 * @param {Awaited<ReturnType<typeof import('../lib/runner.js').createRunner>>} parts.runner
 * @param {import('./copy.js').CopyTarget} parts.copies
 * @param {readonly Order[][]} parts.created pages
 * @param {readonly Order[][]} parts.changed the same orders, all changed since
 */
export async function writers({ database, runner, copies, created, changed }) {
  const createdRows = await Promise.all(created.map(orderRows));
  const changedRows = await Promise.all(changed.map(orderRows));
  const count = created.flat().length;
  const run = (/** @type {readonly Order[][]} */ pages) => rate(count, () => runner.run(sourceInMemory(pages)));
  const options = { includeItems: true, at: new Date() };
  const save = (/** @type {readonly OrderRow[]} */ rows) =>
    writeOrders(database, (sql) => saveOrders(sql, rows, options));
  const bulk = (/** @type {readonly (readonly OrderRow[])[]} */ pages) => {
    const rows = pages.flat();
    return rate(count, () =>
      writeOrders(database, async (sql) => {
        for (let start = 0; start < rows.length; start += BATCH)
          await saveOrders(sql, rows.slice(start, start + BATCH), options);
      }),
    );
  };
  const upsert = (/** @type {readonly OrderRow[]} */ rows) => upsertEach(database.prisma, rows);
  const sample = createdRows.flat().slice(0, UPSERTS);
  const changedSample = changedRows.flat().slice(0, UPSERTS);

  return [
    async () => {
      await emptyMirror(database);
      const runNew = await run(created);
      const runSame = await run(created);
      const runChanged = await run(changed);
      await expectOrders(database, count);
      return { runNew, runSame, runChanged };
    },
    async () => {
      await emptyMirror(database);
      const saveNew = await rate(count, () => pageByPage(createdRows, save));
      const saveChanged = await rate(count, () => pageByPage(changedRows, save));
      await expectOrders(database, count);
      return { saveNew, saveChanged };
    },
    async () => {
      await emptyMirror(database);
      const bulkNew = await bulk(createdRows);
      const bulkSame = await bulk(createdRows);
      const bulkChanged = await bulk(changedRows);
      await expectOrders(database, count);
      return { bulkNew, bulkSame, bulkChanged };
    },
    async () => {
      await emptyMirror(database);
      const manyNew = await rate(count, () => pageByPage(createdRows, (rows) => createMany(database.prisma, rows)));
      await expectOrders(database, count);
      return { manyNew };
    },
    async () => {
      await emptyMirror(database);
      const upsertNew = await rate(sample.length, () => upsert(sample));
      const upsertSame = await rate(sample.length, () => upsert(sample));
      const upsertChanged = await rate(sample.length, () => upsert(changedSample));
      await expectOrders(database, sample.length);
      return { upsertNew, upsertSame, upsertChanged };
    },
    async () => {
      await copies.empty();
      const copyPages = await rate(count, () => pageByPage(createdRows, copies.writeBare));
      await copies.empty();
      const copyAtOnce = await rate(count, () => copies.writeBare(createdRows.flat()));
      return { copyPages, copyAtOnce };
    },
    async () => {
      await copies.empty();
      const mirrorPages = await rate(count, () => pageByPage(createdRows, copies.writeMirror));
      await copies.empty();
      const mirrorAtOnce = await rate(count, () => copies.writeMirror(createdRows.flat()));
      return { mirrorPages, mirrorAtOnce };
    },
  ];
}

/** Orders a second. @param {number} orders @param {() => Promise<unknown>} work */
async function rate(orders, work) {
  return orders / (await secondsOf(work));
}

/** @param {readonly (readonly OrderRow[])[]} pages @param {(rows: readonly OrderRow[]) => Promise<unknown>} write */
async function pageByPage(pages, write) {
  for (const rows of pages) await write(rows);
}

/** What was timed must have been done. @param {Database} database @param {number} count */
async function expectOrders(database, count) {
  const [found] = await database.query('SELECT count(*)::int AS orders FROM amazon_order');
  const [items] = await database.query('SELECT count(*)::int AS items FROM amazon_order_item');
  const there = JSON.stringify({ ...found, ...items });
  const expected = JSON.stringify({ orders: count, items: 2 * count });
  if (there !== expected) throw new Error(`A writer wrote ${there} in place of ${expected}.`);
}
