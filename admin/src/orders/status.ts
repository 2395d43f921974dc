import type { Tone } from '../ui/badge.js';

const TONES: Readonly<Record<string, Tone>> = {
  PENDING: 'warn',
  PENDING_AVAILABILITY: 'warn',
  UNSHIPPED: 'live',
  PARTIALLY_SHIPPED: 'live',
  SHIPPED: 'good',
  CANCELLED: 'plain',
  UNFULFILLABLE: 'bad',
};

/** Amazon's word for people: "PARTIALLY_SHIPPED" as "Partially shipped". */
export function statusWords(status: string): string {
  const words = status.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A status' colour; plain for a word that we don't know. */
export const statusTone = (status: string): Tone => TONES[status] ?? 'plain';
