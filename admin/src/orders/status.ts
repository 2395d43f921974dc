import type { Tone } from '../ui/badge.js';
import { plainWords } from './words.js';

/** In the order of an order's life. */
const STATUSES = [
  'PENDING_AVAILABILITY',
  'PENDING',
  'UNSHIPPED',
  'PARTIALLY_SHIPPED',
  'SHIPPED',
  'CANCELLED',
  'UNFULFILLABLE',
];
const DAY_MS = 86_400_000;

export const formatStatus = plainWords;

/** Compares statuses by the order of an order's life; unknown ones last, by name. */
export function compareStatuses(a: string, b: string): number {
  const place = (status: string) => (STATUSES.indexOf(status) + STATUSES.length + 1) % (STATUSES.length + 1);
  return place(a) - place(b) || a.localeCompare(b);
}

export interface ShippingState {
  readonly orderStatus: string;
  readonly fulfilledBy: string | null;
  readonly shipByWindow: { readonly latestDateTime: string | null } | null;
}

/** Whether the seller still has to ship an order. */
export const isToShip = ({ orderStatus, fulfilledBy }: ShippingState): boolean =>
  fulfilledBy === 'MERCHANT' && (orderStatus === 'UNSHIPPED' || orderStatus === 'PARTIALLY_SHIPPED');

/** How urgent an order is for the seller, at an instant in epoch milliseconds: red is late, yellow is due within a day. */
export function urgencyOf(order: ShippingState, now: number): 'late' | 'soon' | 'later' | 'none' {
  if (!isToShip(order)) return 'none';
  const latest = order.shipByWindow?.latestDateTime;
  if (!latest) return 'later';
  const left = Date.parse(latest) - now;
  return left < 0 ? 'late' : left < DAY_MS ? 'soon' : 'later';
}

const URGENCY_TONES = { late: 'bad', soon: 'warn', later: 'live' } as const;

/** Colours a status by what the seller has to do: nothing is plain, done is green. */
export function statusTone(order: ShippingState, now: number): Tone {
  const urgency = urgencyOf(order, now);
  if (urgency !== 'none') return URGENCY_TONES[urgency];
  if (order.orderStatus === 'UNFULFILLABLE') return 'bad';
  return order.orderStatus === 'SHIPPED' ? 'good' : 'plain';
}
