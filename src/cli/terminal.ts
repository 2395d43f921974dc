import { stdout } from 'node:process';
import { styleText } from 'node:util';

const BAR_WIDTH = 32;

export interface Progress {
  /** 0 to 1; null while unknown. */
  readonly progress: number | null;
  readonly ordersSeen: number;
  readonly itemsSeen: number;
  readonly requests: number;
  readonly waitingUntil: string | null;
}

const styled = (style: 'bold' | 'dim' | 'green' | 'red' | 'cyan', text: string) =>
  stdout.isTTY ? styleText(style, text) : text;

export const number = (value: number): string => value.toLocaleString('en-US');

const counted = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

export function title(text: string): void {
  stdout.write(`\n${styled('bold', text)}\n\n`);
}

/** Prints a completed step, with its result. */
export function done(what: string, detail = ''): void {
  stdout.write(`  ${styled('green', '✔')} ${what.padEnd(40)} ${styled('dim', detail)}\n`);
}

const MARKS = { right: ['green', '✔'], wrong: ['red', '✘'], skipped: ['dim', '–'] } as const;

/** Prints the result of a check. What is wrong may be long, so it stands below. */
export function check(state: keyof typeof MARKS, name: string, detail: string): void {
  const [style, mark] = MARKS[state];
  const text = state === 'wrong' ? `${name}\n    ${detail}` : `${name.padEnd(24)} ${styled('dim', detail)}`;
  stdout.write(`  ${styled(style, mark)} ${text}\n`);
}

export function line(name: string, value: string): void {
  stdout.write(`  ${name.padEnd(12)} ${styled('cyan', value)}\n`);
}

export function note(text: string): void {
  stdout.write(`\n  ${styled('dim', text)}\n`);
}

export function failed(text: string): void {
  process.stderr.write(`\n  ${styled('red', '✘')} ${text}\n`);
}

let drawn = '';

/** Draws the progress of a run. */
export function progressBar({ progress, ordersSeen, itemsSeen, requests, waitingUntil }: Progress): void {
  const counts = [counted(ordersSeen, 'order'), counted(itemsSeen, 'item'), counted(requests, 'call')].join(', ');
  bar(progress, waitingUntil ? `${counts}, waiting for quota until ${waitingUntil}` : counts);
}

export type WindowState = 'PENDING' | 'REQUESTED' | 'READY' | 'DONE' | 'GAP';

const CELLS: Readonly<Record<WindowState, string>> = { PENDING: '░', REQUESTED: '▒', READY: '▓', DONE: '█', GAP: '!' };

/** Draws the windows of the history, a cell each, newest first. In a log, only when more of them are done. */
export function windows(all: readonly { readonly state: WindowState; readonly orders: number | null }[]): void {
  const cells = all.map(({ state }) => CELLS[state]).join('');
  const done = all.filter(({ state }) => state === 'DONE').length;
  const orders = all.reduce((sum, window) => sum + (window.orders ?? 0), 0);
  const label = `${done} of ${counted(all.length, 'report')}, ${counted(orders, 'order')}`;
  if (stdout.isTTY || !drawn.endsWith(label)) redraw(`  ${cells}   ${label}`);
}

/** Draws a bar, with a label. */
export function bar(progress: number | null, label: string): void {
  const full = Math.round((progress ?? 0) * BAR_WIDTH);
  const drawnBar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
  const percent = progress === null ? '  …' : `${String(Math.floor(progress * 100)).padStart(3)} %`;
  redraw(`  ${drawnBar} ${percent}   ${label}`);
}

/** Redraws one line on a terminal; elsewhere (a log) prints a line for each new state. */
function redraw(text: string): void {
  if (text === drawn) return;
  drawn = text;
  stdout.write(stdout.isTTY ? `\r\x1b[2K${text}` : `${text}\n`);
}

export function endProgress(): void {
  if (stdout.isTTY) stdout.write('\n');
}
