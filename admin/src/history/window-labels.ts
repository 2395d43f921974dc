import type { WindowFragment } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';
import { formatDays } from '../ui/time.js';

export type WindowState = WindowFragment['state'];

export const WINDOW_STATES: Readonly<Record<WindowState, string>> = {
  DONE: 'Read',
  READY: 'Ready to be read',
  REQUESTED: 'Being made by Amazon',
  PENDING: 'Waiting',
  GAP: 'Could not be read',
};

export function countOrders(orders: number): string {
  return orders === 1 ? '1 order' : `${formatCount(orders)} orders`;
}

/** Describes a window in one line: "3 Nov – 2 Dec 2024: read, 1,204 orders". */
export function describeWindow(window: WindowFragment): string {
  const state = WINDOW_STATES[window.state].replace(/^./, (letter) => letter.toLowerCase());
  const detail = window.orders === null ? window.reason : countOrders(window.orders);
  return `${formatDays(window)}: ${state}${detail ? `, ${detail}` : ''}`;
}

/** Returns the number of windows in each state that occurs. */
export function countStates(windows: readonly WindowFragment[]): readonly (readonly [WindowState, number])[] {
  return (Object.keys(WINDOW_STATES) as WindowState[])
    .map((state) => [state, windows.filter((window) => window.state === state).length] as const)
    .filter(([, count]) => count > 0);
}
