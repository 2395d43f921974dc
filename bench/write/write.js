import { alternate, number, rowOf, secondsOf } from '../lib/measure.js';
import { openMirror } from '../lib/mirror.js';
import { openCopyTarget } from './copy.js';

const PER_PAGE = 100;

/** Writes orders in pages of 100 into an empty mirror, then the same again. @type {import('../main.js').Benchmark} */
export async function benchWrite(kind, { quick, orders }) {
  const count = orders ?? (quick ? 500 : kind === 'PGlite' ? 2_000 : 5_000);
  const mirror = await openMirror(kind, count);
  await mirror.write();
  const rate = async (work) => count / (await secondsOf(work));
  /** @type {(() => Promise<Record<string, number>>)[]} */
  const contenders = [
    async () => {
      await mirror.empty();
      return { new: await rate(mirror.write), same: await rate(mirror.write) };
    },
  ];
  if (kind === 'PostgreSQL') {
    const copies = await openCopyTarget(mirror.database, PER_PAGE);
    contenders.push(async () => {
      await copies.empty();
      return { copy: await rate(copies.write) };
    });
  }
  const rates = await alternate(quick ? 1 : 5, contenders);
  const row = (what, name) => rowOf(what, rates(name), rates('copy'));
  return {
    title: `Write, ${kind}: ${number(count)} orders in pages of ${PER_PAGE}`,
    rounds: rates('new').length,
    columns: ['', 'orders/s', 'of the rounds', '× COPY'],
    rows: [row('Ordermirror, all new', 'new'), row('Ordermirror, nothing changed', 'same'), row('floor: COPY', 'copy')],
    notes: [
      'Ordermirror: one run of the sync engine over pages in memory: rows made, compared, written with items, ledger and checkpoint.',
      'Floor: COPY of the same rows into the same tables (keys, indexes, foreign keys, triggers), its text made on the clock, a transaction a page. It neither compares nor keeps a checkpoint.',
    ],
  };
}
