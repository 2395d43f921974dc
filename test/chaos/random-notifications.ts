import { type Random, random } from '../../src/simulator/random.js';
import type { EventFault, EventFaultRule, FaultRule, Operation } from '../../src/simulator/simulator.js';
import type { ListenerDeath, ListenStep, NotificationPlan, Step } from './plan.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Adds a queue of notifications to a plan, and processes that read it, stop and die; the rest of the plan stays as it is. */
export function withNotificationSteps(
  seed: number,
  steps: readonly Step[],
): { notifications: NotificationPlan | null; steps: readonly Step[] } {
  const dice = random(seed, 12);
  if (dice.chance(0.4)) return { notifications: null, steps };
  const deaths = (count: number) => Array.from({ length: count }, () => (dice.chance(0.5) ? deathOf(dice) : null));
  const listen = (): ListenStep => ({ do: 'listen', deaths: deaths(dice.pick([0, 1, 1, 1, 2, 2])) });
  const change = (): Step => ({ do: 'change', seed: dice.int(1, 2 ** 30), count: dice.int(4, 25) });
  const added = steps.flatMap((step): Step[] => [
    ...(dice.chance(0.3) ? [listen()] : []),
    ...(dice.chance(0.3) ? [change()] : []),
    step,
  ]);
  return {
    notifications: {
      eventFaults: eventFaults(dice),
      queueFaults: queueFaults(dice),
      lastDeaths: deaths(2),
      getOrderLagMs: dice.chance(0.3) ? dice.pick([2 * SECOND, 30 * SECOND, 4 * MINUTE]) : 0,
    },
    steps: [listen(), change(), ...added],
  };
}

/** A death at one of the first transactions: of messages that are stored, or of an order that is read. */
function deathOf(dice: Random): ListenerDeath {
  return { at: dice.int(1, 8), place: dice.pick(['before', 'inside', 'after', 'after'] as const) };
}

function eventFaults(dice: Random): EventFaultRule[] {
  const late = () => dice.pick([5 * SECOND, 40 * SECOND, 5 * MINUTE]);
  const kinds: [probability: number, fault: EventFault][] = [
    [0.2, { kind: 'lost' }],
    [0.2, { kind: 'late', ms: late() }],
    [0.2, { kind: 'out-of-order', ms: late() }],
    [0.15, { kind: 'twice', ms: late() }],
    [0.15, { kind: 'twice' }],
    [0.15, { kind: 'repeated', ms: late() }],
    [0.15, { kind: 'repeated' }],
    [0.2, { kind: 'nulls' }],
    [0.1, { kind: 'not-json' }],
    [0.1, { kind: 'not-a-notification' }],
    [0.1, { kind: 'other-type' }],
    [0.1, { kind: 'other-seller' }],
    [0.1, { kind: 'unknown-order' }],
  ];
  return kinds
    .filter(() => dice.chance(0.4))
    .map(([probability, fault]) => ({ probability, seed: dice.int(1, 2 ** 30), fault }));
}

function queueFaults(dice: Random): FaultRule[] {
  const operations: Operation[] = ['ReceiveMessage', 'DeleteMessageBatch', 'GetQueueAttributes'];
  return operations
    .filter(() => dice.chance(0.4))
    .map((operation) => ({
      operation,
      probability: 0.15,
      seed: dice.int(1, 2 ** 30),
      fault: { kind: dice.pick(['500', '429', 'reset', 'truncate', '403-forbidden', '503-html'] as const) },
    }));
}
