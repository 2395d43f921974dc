import type { RunCalls } from '../runs/run-calls.js';
import type { ReportWindow } from './window-store.js';

/** Returns the share of the time range that is done, from 0 to 1. */
export function progressOf(windows: readonly ReportWindow[]): number {
  const lengthOf = (some: readonly ReportWindow[]) =>
    some.reduce((sum, { from, until }) => sum + until.getTime() - from.getTime(), 0);
  const all = lengthOf(windows);
  return all === 0 ? 1 : lengthOf(windows.filter(({ state }) => state === 'DONE' || state === 'GAP')) / all;
}

/**
 * Forecasts when all windows are done, from what is left of both quotas: each window needs a createReport and a
 * getReportDocument. Null before the first calls.
 */
export function forecastReports(windows: readonly ReportWindow[], calls: RunCalls, now: Date): Date | null {
  const count = (...states: readonly ReportWindow['state'][]) =>
    windows.filter(({ state }) => states.includes(state)).length;
  const waits = [
    waitMs(calls.quotaOf('createReport'), count('PENDING')),
    waitMs(calls.quotaOf('getReportDocument'), count('PENDING', 'REQUESTED', 'READY')),
  ].filter((ms) => ms !== null);
  return waits.length === 0 ? null : new Date(now.getTime() + Math.max(...waits));
}

function waitMs(quota: { readonly tokens: number; readonly rate: number } | null, calls: number): number | null {
  return quota && (Math.max(0, calls - quota.tokens) / quota.rate) * 1000;
}
