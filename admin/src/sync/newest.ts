import type { RunFragment } from '../generated/operations.js';

/**
 * Which of two tellings is the newer one: of the run that started later, and of one run the one that is further.
 * Two that are equally far: the second.
 */
export function newest(one: RunFragment | null, other: RunFragment | null): RunFragment | null {
  if (!one || !other) return one ?? other;
  if (one.id !== other.id) return Date.parse(one.startedAt) > Date.parse(other.startedAt) ? one : other;
  return distance(one) > distance(other) ? one : other;
}

const distance = ({ status, pages, requests }: RunFragment) =>
  status === 'RUNNING' ? pages + requests : Number.POSITIVE_INFINITY;
