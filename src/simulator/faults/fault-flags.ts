import type { FaultKind, FaultRule } from './faults.js';

/** The faults that need no more than a probability. */
const KINDS = [
  '429',
  '500',
  '503-html',
  '504',
  'reset',
  'hang',
  'truncate',
  'slow',
  'delay',
  'wrong-content-type',
  'expire-access-token',
  'revoke-access-token',
  'security-token-expired',
  '403-html',
  '403-forbidden',
  'gzip-bomb',
  '400-invalid-input',
  'refuse-page-token',
  'same-page-again',
  'empty-page',
  'malformed',
  'omit-fulfillment',
  'unreadable-order',
  'invalid-grant',
  'invalid-client',
] as const satisfies readonly FaultKind[];

type FlagKind = (typeof KINDS)[number];

/** Reads `429:0.05,500:0.02,reset:0.01`; throws an error in plain words. */
export function parseFaults(text: string, seed: number): FaultRule[] {
  return text.split(',').map((part, index) => {
    const [kind = '', odds = '', ...rest] = part.trim().split(':');
    if (!isFlagKind(kind)) throw new Error(`--faults: unknown fault "${kind}"; one of ${KINDS.join(', ')}`);
    const probability = Number(odds);
    if (odds === '' || rest.length > 0 || !(probability >= 0 && probability <= 1)) {
      throw new Error(`--faults: "${part.trim()}" should be ${kind}:PROBABILITY, with a probability from 0 to 1`);
    }
    return { probability, seed: seed + index, fault: { kind } };
  });
}

function isFlagKind(kind: string): kind is FlagKind {
  return (KINDS as readonly string[]).includes(kind);
}
