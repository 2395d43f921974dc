import type { Random } from '../random.js';
import { type Draft, isOffAmazon } from './draft-order.js';
import type { Oddity } from './oddities.js';

/** What Amazon tells of the price: the whole truth, a total of 0, or nothing (seen in the field: pending orders). */
export type PriceTold = 'full' | 'zero' | 'nothing';

/** A stretch of an order's life. */
export interface Stage {
  /** Milliseconds since the order was created. */
  after: number;
  status: string;
  price: PriceTold;
}

export type Stages = [Stage, ...Stage[]];

/** The next stage. */
type Link = [hoursLater: number, status: string, price: PriceTold];

const HOUR = 3_600_000;

/** The stages of life, with plausible hours between them. */
export function stagesOf({ oddities, marketplace, fulfilledBy }: Draft, dice: Random): Stages {
  const has = (oddity: Oddity) => oddities.includes(oddity);
  const told = pendingPrice(marketplace.countryCode, fulfilledBy);
  if (has('unfulfillable') || has('unfulfillableNowhere')) return chain([0, 'UNFULFILLABLE', 'nothing']);
  if (isOffAmazon(oddities)) return chain([0, 'UNSHIPPED', 'nothing'], [dice.int(6, 40), 'SHIPPED', 'nothing']);
  const shipped: Link[] = [[dice.int(12, 60), 'SHIPPED', 'full']];
  if (has('touchedLate')) shipped.push([30 * 24, 'SHIPPED', 'full']);
  if (has('partlyShipped')) shipped.unshift([dice.int(12, 60), 'PARTIALLY_SHIPPED', 'full']);
  const placed: [Link, ...Link[]] = has('preorder')
    ? [
        [0, 'PENDING_AVAILABILITY', told],
        [20 * 24, 'PENDING', told],
      ]
    : [[0, 'PENDING', told]];
  const pendingHours = has('pending') || has('cancelledWhilePending') ? 72 : 1;
  if (has('cancelledWhilePending')) return chain(...placed, [pendingHours, 'CANCELLED', told]);
  // The price comes without a change of status, hours or days late; the median of 103 orders was 1.2 days (seen in the field).
  const late: Link[] = told !== 'full' && has('latePrice') ? [[dice.int(20, 60), 'PENDING', 'full']] : [];
  const ready: Link = [
    pendingHours * dice.int(1, 3),
    has('unknownStatus') ? 'INVOICE_UNCONFIRMED' : 'UNSHIPPED',
    'full',
  ];
  if (has('cancelled')) return chain(...placed, ...late, ready, [dice.int(2, 30), 'CANCELLED', dice.pick(KEPT)]);
  return chain(...placed, ...late, ready, ...shipped);
}

/** What a cancelled order still tells of its price is not documented: all there is may come. */
const KEPT: readonly [PriceTold, ...PriceTold[]] = ['full', 'zero', 'nothing'];

/** By marketplace and channel (seen in the field: full in JP, zero in MX with Amazon's fulfilment, else mostly nothing). */
function pendingPrice(countryCode: string, fulfilledBy: string): PriceTold {
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
