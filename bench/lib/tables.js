/**
 * @typedef {object} Table
 * @property {string} title
 * @property {number} [rounds] how many the figures are medians of
 * @property {readonly string[]} columns
 * @property {readonly (readonly string[])[]} rows the first cell says what, the others how much
 * @property {readonly string[]} [notes]
 */

/**
 * Markdown that can be read as it is.
 * @param {Table} table
 */
export function printTable({ title, rounds, columns, rows, notes = [] }) {
  const lines = [columns, ...rows];
  const widths = columns.map((_, column) => Math.max(3, ...lines.map((cells) => cells[column]?.length ?? 0)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const medians = rounds === undefined ? '' : rounds === 1 ? ' (one round)' : ` (medians of ${rounds} rounds)`;
  console.log(`\n### ${title}${medians}\n`);
  for (const cells of [columns, rule, ...rows]) console.log(line(cells));
  if (notes.length > 0) console.log();
  for (const note of notes) console.log(`- ${note}`);
}

/** @param {string} cell @param {number} width @param {number} column */
function pad(cell, width, column) {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

/** `1,234`; below ten `1.2`. @param {number} value */
export function number(value) {
  if (!Number.isFinite(value)) return '–';
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 10 ? 1 : 0 });
}

/** `0.57`. @param {number} value */
export function factor(value) {
  return Number.isFinite(value) ? value.toFixed(2) : '–';
}

/** `12.3`. @param {number} value */
export function ms(value) {
  return Number.isFinite(value) ? value.toFixed(1) : '–';
}

/** `1,150–1,290`, over the rounds. @param {readonly number[]} values */
export function spread(values) {
  return values.length === 0 ? '–' : `${number(Math.min(...values))}–${number(Math.max(...values))}`;
}
