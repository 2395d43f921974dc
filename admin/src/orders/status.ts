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

/** Formats Amazon's status: "PARTIALLY_SHIPPED" as "Partially shipped". */
export function formatStatus(status: string): string {
  const words = status.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const statusTone = (status: string): Tone => TONES[status] ?? 'plain';
