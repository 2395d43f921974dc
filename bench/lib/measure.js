/**
 * Runs every contender once per round, in reverse order every other round, so that other load on the machine affects all
 * equally. Each returns its measurements by name. Returns a function from a name to its measurements, one per round.
 * @param {number} rounds @param {readonly (() => Promise<Record<string, number>>)[]} contenders
 */
export async function alternate(rounds, contenders) {
  /** @type {Map<string, number[]>} */
  const measured = new Map();
  for (let round = 0; round < rounds; round += 1)
    for (const contend of round % 2 === 0 ? contenders : contenders.toReversed())
      for (const [name, value] of Object.entries(await contend()))
        measured.set(name, [...(measured.get(name) ?? []), value]);
  return (name) => measured.get(name) ?? [];
}

/** @param {readonly number[]} values @param {number} share 0.99 for the 99th percentile */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values) => quantile(values, 0.5);

/** Returns the median of the rounds' ratios, such as `0.57`. */
export function ratio(values, others) {
  const found = median(values.map((value, round) => value / others[round]));
  return Number.isFinite(found) ? found.toFixed(2) : '';
}

/** Returns a table's row: the median of a contender's rounds, their spread, and its ratio to each floor. */
export function rowOf(what, values, ...floors) {
  const spread = `${number(Math.min(...values))}–${number(Math.max(...values))}`;
  return [what, number(median(values)), spread, ...floors.map((floor) => ratio(values, floor))];
}

export async function secondsOf(work) {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** @typedef {{ title: string, rounds: number, columns: string[], rows: string[][], notes: string[] }} Table */

/** Prints a table in Markdown, without floors that were not measured. */
export function printTable(/** @type {Table} */ { title, rounds, columns, rows: all, notes }) {
  const rows = all.filter(([name, figure]) => figure !== '–' || !name?.startsWith('floor'));
  const widths = columns.map((_, column) => Math.max(3, ...[columns, ...rows].map((row) => row[column]?.length ?? 0)));
  const pad = (width, column, cell = '') => (column === 0 ? cell.padEnd(width) : cell.padStart(width));
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  console.log(`\n### ${title} (${rounds === 1 ? 'one round' : `medians of ${rounds} rounds`})\n`);
  for (const row of [columns, rule, ...rows])
    console.log(`| ${widths.map((width, column) => pad(width, column, row[column])).join(' | ')} |`);
  console.log();
  for (const note of notes) console.log(`- ${note}`);
}

/** `1,234`; below ten `1.2`. */
export function number(value) {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });
}

export const ms = (value) => (Number.isFinite(value) ? value.toFixed(1) : '');
