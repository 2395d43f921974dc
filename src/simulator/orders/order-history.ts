import { type Random, random } from '../random.js';
import type { Draft } from './draft-order.js';
import type { Oddity } from './oddities.js';
import { type PriceTold, type Stages, stagesOf } from './order-stages.js';

/** An order from `at` on, until its next step. */
export interface Step {
  /** Milliseconds. */
  at: number;
  /** Milliseconds: the `lastUpdatedTime` that it then has. */
  updated: number;
  status: string;
  price: PriceTold;
}

/** Where in time the orders of a book lie. */
export interface Period {
  /** The instant at which the book begins to live, in milliseconds. */
  start: number;
  settled: boolean;
  updatedWithinDays: number | undefined;
  silentPricing: boolean;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Just before the start nothing happens, so that a search up to two minutes ago sees all there is. */
const QUIET = 5 * MINUTE;
/** Amazon shows orders of the last two years (model); a day is left for the clock to move. */
const OLDEST = 729 * DAY;

/** The order's life: the steps in order of time, the first one at its creation. */
export function historyOf(draft: Draft, seed: number, period: Period): [Step, ...Step[]] {
  const dice = random(seed + 2, draft.number);
  const [first, ...later] = stagesOf(draft, dice);
  const created = creation(draft, [first, ...later], period, dice);
  let last: Step = { at: created, updated: created, status: first.status, price: first.price };
  const steps: [Step, ...Step[]] = [last];
  let delay = 0;
  for (const { after, status, price } of later) {
    const planned = created + after + delay;
    if (planned > period.start - QUIET && period.settled) break;
    if (planned > period.start - QUIET && planned <= period.start) {
      delay += period.start - planned + MINUTE * dice.int(1, 10);
    }
    const at = created + after + delay;
    const onlyThePrice = status === last.status && price !== last.price;
    last = { at, updated: onlyThePrice && period.silentPricing ? last.updated : at, status, price };
    steps.push(last);
  }
  return steps;
}

/** Stages in which an order is caught at the start. */
const CAUGHT: Partial<Record<Oddity, string>> = {
  pending: 'PENDING',
  unshipped: 'UNSHIPPED',
  partlyShipped: 'PARTIALLY_SHIPPED',
  preorder: 'PENDING_AVAILABILITY',
  unknownStatus: 'INVOICE_UNCONFIRMED',
};

/** Orders that have come to their end at the start. */
const FINISHED: readonly Oddity[] = [
  'cancelled',
  'cancelledWhilePending',
  'replacement',
  'offAmazon',
  'offAmazonNowhere',
];

/** When the order was made: so that it is caught in its stage, or any time in the period. */
function creation(draft: Draft, stages: Stages, period: Period, dice: Random): number {
  const { start, updatedWithinDays } = period;
  const recent = Math.min((updatedWithinDays ?? 29) * DAY, OLDEST);
  const earliest = start - recent;
  const latest = start - 2 * QUIET;
  const status = draft.oddities.map((oddity) => CAUGHT[oddity]).find((caught) => caught !== undefined);
  const index = stages.findIndex((stage) => stage.status === status);
  const stage = stages[index];
  const next = stages[index + 1];
  const place = dice.fraction();
  if (draft.oddities.some((oddity) => FINISHED.includes(oddity))) {
    const life = stages.at(-1)?.after ?? 0;
    return Math.floor(earliest + place * Math.max(0, latest - life - earliest));
  }
  if (stage !== undefined && next !== undefined) {
    const since = stage.after + (0.1 + 0.8 * place) * (next.after - stage.after);
    return Math.floor(Math.min(latest, Math.max(earliest, start - since)));
  }
  if (updatedWithinDays === undefined && draft.oddities.includes('touchedLate')) return start - 45 * DAY;
  const isOld = updatedWithinDays === undefined && (draft.number + Math.floor(draft.number / 100)) % 5 > 2;
  if (isOld) return Math.floor(start - OLDEST + place * (OLDEST - 30 * DAY));
  return Math.floor(earliest + place * (latest - earliest));
}
