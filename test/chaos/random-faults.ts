import type { Random } from '../../src/simulator/random.js';
import type { Fault, FaultKind, FaultRule, Operation } from '../../src/simulator/simulator.js';

const ALL = 1_000_000;
const TRANSIENT_KINDS: readonly [FaultKind, ...FaultKind[]] = [
  '429',
  '500',
  '503-html',
  '504',
  'reset',
  'truncate',
  'wrong-content-type',
  '403-html',
  '403-forbidden',
  'security-token-expired',
  'slow',
  'delay',
];

/** Returns transient faults, few or rare, and sometimes lasting ones that may end the run. */
export function randomFaults(dice: Random, marketplaceIds: readonly string[]): FaultRule[] {
  const passing = Array.from({ length: dice.int(1, 3) }, () => transientFault(dice));
  const single = dice.chance(0.5) ? [singleFault(dice)] : [];
  const lasting = dice.chance(0.3) ? [lastingFault(dice, marketplaceIds)] : [];
  const refusals = dice.chance(0.25) ? Array.from({ length: dice.int(1, 2) }, () => refusal(dice)) : [];
  return [...refusals, ...lasting, ...single, ...passing];
}

/** Whether a run must end OK despite these faults. */
export function areTransient(faults: readonly FaultRule[]): boolean {
  const kinds = faults.map(({ fault }) => fault.kind);
  return faults.every(({ fault, on, probability }, index) => {
    if (fault.kind === 'unreadable-order') return true;
    // One that begins in the middle of a search restarts it, which happens once.
    if (fault.kind === 'refuse-data-set') return on === undefined;
    if (TRANSIENT_KINDS.includes(fault.kind)) return on ? (on.count ?? 1) <= 3 : (probability ?? 1) <= 0.1;
    return (
      on?.count === 1 &&
      kinds.indexOf(fault.kind) === index &&
      ['hang', 'expire-access-token', 'revoke-access-token', 'refuse-page-token'].includes(fault.kind)
    );
  });
}

/** A data set that Amazon refuses all the time, or for a few requests. */
function refusal(dice: Random): FaultRule {
  const dataSet = dice.pick(['CANCELLATION', 'PROMOTION', 'EXPENSE', 'PACKAGES'] as const);
  const fault: Fault = { kind: 'refuse-data-set', dataSet, status: dice.pick([400, 403] as const) };
  return dice.chance(0.6) ? { fault } : { on: { from: dice.int(1, 4), count: dice.int(1, 6) }, fault };
}

function transientFault(dice: Random): FaultRule {
  const kind = dice.pick(TRANSIENT_KINDS);
  const fault: Fault =
    kind === '429'
      ? { kind, ...(dice.chance(0.4) && { rateLimitHeader: '0.0056' }), ...(dice.chance(0.2) && { retryAfter: '30' }) }
      : ({ kind, ...(kind === 'slow' || kind === 'delay' ? { ms: dice.int(2, 20) } : {}) } as Fault);
  return { ...randomTiming(dice), ...randomOperation(dice), fault };
}

/** A fault that a run survives if it occurs once. */
function singleFault(dice: Random): FaultRule {
  const on = { from: dice.int(1, 6), count: 1 };
  if (dice.chance(0.35)) return { on, fault: { kind: 'refuse-page-token' } };
  if (dice.chance(0.35)) return { on, fault: { kind: 'expire-access-token' } };
  if (dice.chance(0.35)) return { on, fault: { kind: 'revoke-access-token' } };
  if (dice.chance(0.15)) return { on, ...randomOperation(dice), fault: { kind: 'hang' } };
  const operation = dice.pick<Operation>(['searchOrders', 'searchOrders', 'getOrder']);
  return { ...randomTiming(dice), operation, fault: { kind: 'unreadable-order', index: dice.int(0, 5) } };
}

function lastingFault(dice: Random, marketplaceIds: readonly string[]): FaultRule {
  const marketplaceId = marketplaceIds[dice.int(0, marketplaceIds.length - 1)] ?? '';
  const fault = dice.pick<Fault>([
    { kind: 'forbid-marketplace', marketplaceId },
    { kind: 'forbid-marketplace', marketplaceId },
    { kind: 'forbid-marketplace', marketplaceId },
    { kind: 'forbid-marketplace', marketplaceId },
    { kind: 'same-page-again' },
    { kind: 'same-page-again' },
    { kind: '400-invalid-input' },
    { kind: 'omit-fulfillment' },
    { kind: 'refuse-page-token' },
    { kind: 'expire-access-token' },
    { kind: 'invalid-grant' },
    { kind: 'invalid-client' },
    { kind: '500' },
    { kind: '403-html' },
    { kind: 'security-token-expired' },
    { kind: '429' },
  ]);
  if (dice.chance(0.3)) return { fault };
  return { on: { from: dice.int(1, 6), count: dice.chance(0.5) ? dice.int(1, 2) : ALL }, fault };
}

function randomTiming(dice: Random): Pick<FaultRule, 'on' | 'probability' | 'seed'> {
  if (dice.chance(0.5)) return { on: { from: dice.int(1, 8), count: dice.int(1, 3) } };
  return { probability: dice.pick([0.03, 0.1]), seed: dice.int(1, 2 ** 30) };
}

function randomOperation(dice: Random): Pick<FaultRule, 'operation'> {
  if (dice.chance(0.5)) return {};
  return { operation: dice.pick<Operation>(['searchOrders', 'searchOrders', 'getOrder', 'token']) };
}
