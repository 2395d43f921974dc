import { type Random, random } from '../random.js';
import { type DraftHead, isOffAmazon } from './draft-order.js';
import type { Oddity } from './oddities.js';

/** An order from `at` on, until its next step. */
export interface Step {
  /** Milliseconds. */
  at: number;
  /** Milliseconds: its `lastUpdatedTime`. */
  updated: number;
  status: string;
  price: PriceShown;
}

/** The period of a book's orders. */
export interface Period {
  /** The start of the simulation, in milliseconds. */
  start: number;
  settled: boolean;
  updatedWithinDays: number | undefined;
  /** Orders are created evenly over this number of days. */
  createdWithinDays: number | undefined;
  silentPricing: boolean;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** No changes just before the start, so that a search up to two minutes ago returns everything. */
const QUIET = 5 * MINUTE;
/** Amazon returns orders of the last two years (model), less a day for the clock to advance. */
const OLDEST = 729 * DAY;

/** Returns the order's steps by time, the first one at its creation. */
export function historyOf(draft: DraftHead, seed: number, period: Period): [Step, ...Step[]] {
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

/** The stage of an order at the start. */
const CAUGHT: Partial<Record<Oddity, string>> = {
  pending: 'PENDING',
  unshipped: 'UNSHIPPED',
  partlyShipped: 'PARTIALLY_SHIPPED',
  preorder: 'PENDING_AVAILABILITY',
  unknownStatus: 'INVOICE_UNCONFIRMED',
};

/** Orders in their last stage at the start. */
const FINISHED: readonly Oddity[] = [
  'cancelled',
  'cancelledWhilePending',
  'replacement',
  'offAmazon',
  'offAmazonNowhere',
];

/** Returns a creation time that puts the order in its stage at the start, else any time in the period. */
function creation(draft: DraftHead, stages: Stages, period: Period, dice: Random): number {
  const { start, updatedWithinDays, createdWithinDays } = period;
  const recent =
    createdWithinDays === undefined ? Math.min((updatedWithinDays ?? 29) * DAY, OLDEST) : createdWithinDays * DAY;
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
  const isFree = updatedWithinDays === undefined && createdWithinDays === undefined;
  if (isFree && draft.oddities.includes('touchedLate')) return start - 45 * DAY;
  const isOld = isFree && (draft.number + Math.floor(draft.number / 100)) % 5 > 2;
  if (isOld) return Math.floor(start - OLDEST + place * (OLDEST - 30 * DAY));
  return Math.floor(earliest + place * (latest - earliest));
}

/** The price in Amazon's answer: complete, a total of 0, or none (seen in the field for pending orders). */
export type PriceShown = 'full' | 'zero' | 'nothing';

/** A stage of an order's life cycle. */
export interface Stage {
  /** Milliseconds since the order was created. */
  after: number;
  status: string;
  price: PriceShown;
}

export type Stages = [Stage, ...Stage[]];

/** The next stage. */
type Link = [hoursLater: number, status: string, price: PriceShown];

const HOUR = 3_600_000;

/** Returns the stages, with plausible hours between them. */
function stagesOf({ oddities, marketplace, fulfilledBy }: DraftHead, dice: Random): Stages {
  const has = (oddity: Oddity) => oddities.includes(oddity);
  const shown = pendingPrice(marketplace.countryCode, fulfilledBy);
  if (has('unfulfillable') || has('unfulfillableNowhere')) return chain([0, 'UNFULFILLABLE', 'nothing']);
  if (isOffAmazon(oddities)) return chain([0, 'UNSHIPPED', 'nothing'], [dice.int(6, 40), 'SHIPPED', 'nothing']);
  const shipped: Link[] = [[dice.int(12, 60), 'SHIPPED', 'full']];
  if (has('touchedLate')) shipped.push([30 * 24, 'SHIPPED', 'full']);
  if (has('partlyShipped')) shipped.unshift([dice.int(12, 60), 'PARTIALLY_SHIPPED', 'full']);
  const placed: [Link, ...Link[]] = has('preorder')
    ? [
        [0, 'PENDING_AVAILABILITY', shown],
        [20 * 24, 'PENDING', shown],
      ]
    : [[0, 'PENDING', shown]];
  const pendingHours = has('pending') || has('cancelledWhilePending') ? 72 : 1;
  if (has('cancelledWhilePending')) return chain(...placed, [pendingHours, 'CANCELLED', shown]);
  // The price comes without a change of status, hours or days late; the median of 103 orders was 1.2 days (seen in the field).
  const late: Link[] = shown !== 'full' && has('latePrice') ? [[dice.int(20, 60), 'PENDING', 'full']] : [];
  const ready: Link = [
    pendingHours * dice.int(1, 3),
    has('unknownStatus') ? 'INVOICE_UNCONFIRMED' : 'UNSHIPPED',
    'full',
  ];
  if (has('cancelled')) return chain(...placed, ...late, ready, [dice.int(2, 30), 'CANCELLED', dice.pick(KEPT)]);
  return chain(...placed, ...late, ready, ...shipped);
}

/** The price of a cancelled order isn't documented. */
const KEPT: readonly [PriceShown, ...PriceShown[]] = ['full', 'zero', 'nothing'];

/** By marketplace and channel (seen in the field: full in JP, zero in MX with Amazon's fulfilment, else mostly nothing). */
function pendingPrice(countryCode: string, fulfilledBy: string): PriceShown {
  if (countryCode === 'JP') return 'full';
  if ((countryCode === 'MX' || countryCode === 'BR') && fulfilledBy === 'AMAZON') return 'zero';
  return fulfilledBy === 'MERCHANT' && countryCode !== 'US' ? 'full' : 'nothing';
}

function chain([, status, price]: Link, ...later: Link[]): Stages {
  const stages: Stages = [{ after: 0, status, price }];
  let after = 0;
  for (const [hoursLater, status, price] of later) {
    after += hoursLater * HOUR;
    stages.push({ after, status, price });
  }
  return stages;
}
