import { type Random, random } from '../../src/simulator/random.js';
import type { FaultRule, UsagePlan } from '../../src/simulator/simulator.js';
import { randomFaults } from './random-faults.js';

/** A history as data: steps that change orders, inject faults and interrupt processes. */
export interface Plan {
  readonly seed: number;
  readonly orders: number;
  readonly maxPerPage: number;
  readonly order: 'updated' | 'shuffled';
  readonly marketplaceIds: readonly string[];
  /** How many of them the connection names at the start. */
  readonly connected: number;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'change'; readonly seed: number; readonly count: number }
  | { readonly do: 'connect'; readonly marketplaces: number }
  /** One order read by its id; `late`: it is saved only after the order has changed and a run has read the change. */
  | { readonly do: 'resync'; readonly seed: number; readonly late: boolean }
  | RunStep;

export interface RunStep {
  readonly do: 'run';
  readonly trigger: 'MANUAL' | 'SCHEDULE';
  readonly dryRun: boolean;
  readonly includeItems: boolean;
  readonly faults: readonly FaultRule[];
  readonly quota: UsagePlan | null;
  /** The processes that execute it, one after the other; later ones are not interrupted. */
  readonly processes: readonly ProcessPlan[];
}

export interface ProcessPlan {
  /** Time without a process before this one, in milliseconds. */
  readonly pauseMs: number;
  readonly events: readonly Incident[];
  /** Before which of its transactions it waits until its stalled predecessor has ended; null: it doesn't wait. */
  readonly waitsAt: number | null;
}

/** An event around the process's `at`-th transaction; inside: before its `statement`-th statement. */
export interface Incident {
  readonly at: number;
  readonly place: 'before' | 'inside' | 'after';
  readonly statement: number;
  readonly what: IncidentKind;
  readonly seed: number;
}

export type IncidentKind = EndKind | 'cancel' | 'start again' | 'change' | 'advance' | 'resync';
/**
 * How a process ends. die: without another statement. lose: its database connection is lost. break: a statement fails
 * with an unexpected error. stop: by a shutdown. stall: it hangs until another process has taken over.
 */
export type EndKind = 'die' | 'lose' | 'break' | 'stop' | 'stall';

/** A manual run without faults and interruptions. */
export const PLAIN_RUN: RunStep = {
  do: 'run',
  trigger: 'MANUAL',
  dryRun: false,
  includeItems: true,
  faults: [],
  quota: null,
  processes: [],
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MARKETPLACES = ['ATVPDKIKX0DER', 'A2EUQ1WTGCTBG2', 'A1AM78C64UM0Y8', 'A1VC38T7YXB528'];

/** Returns the history of a seed. */
export function planOf(seed: number): Plan {
  const dice = random(seed, 7);
  const many = dice.chance(0.04);
  const orders = many ? dice.int(120, 320) : dice.int(8, 70);
  const pages = dice.int(2, 9);
  const marketplaces = dice.int(1, 4);
  const steps = Array.from({ length: dice.int(3, 9) }, () => stepOf(dice, pages, marketplaces));
  return {
    seed,
    orders,
    maxPerPage: many ? 100 : Math.ceil(orders / pages),
    order: dice.chance(0.3) ? 'shuffled' : 'updated',
    marketplaceIds: MARKETPLACES.slice(0, marketplaces),
    connected: dice.int(1, marketplaces),
    steps,
  };
}

function stepOf(dice: Random, pages: number, marketplaces: number): Step {
  const draw = dice.fraction();
  if (draw < 0.2) return { do: 'advance', ms: dice.pick([4 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR]) };
  if (draw < 0.4) return { do: 'change', seed: dice.int(1, 2 ** 30), count: dice.int(1, 12) };
  if (draw < 0.45) return { do: 'connect', marketplaces: dice.int(1, marketplaces) };
  if (draw < 0.52) return { do: 'resync', seed: dice.int(1, 2 ** 30), late: dice.chance(0.6) };
  const trigger = dice.chance(0.4) ? 'SCHEDULE' : 'MANUAL';
  return {
    do: 'run',
    trigger,
    dryRun: trigger === 'MANUAL' && dice.chance(0.2),
    includeItems: dice.chance(0.7),
    faults: dice.chance(0.6) ? randomFaults(dice, MARKETPLACES.slice(0, marketplaces)) : [],
    quota: dice.chance(0.25) ? { rate: dice.pick([0.0056, 0.02, 0.5]), burst: dice.int(1, 6) } : null,
    processes: dice.chance(0.75) ? processesOf(dice, pages) : [],
  };
}

const ENDS: readonly [EndKind, ...EndKind[]] = ['die', 'die', 'die', 'lose', 'break', 'stop', 'stall', 'stall'];
/** Ends of a process that took over. Not `stop`: the stalled process might claim the released run, at an unknown moment. */
const TAKEN_OVER: readonly [EndKind, ...EndKind[]] = ['die', 'lose', 'break', 'stall'];

function processesOf(dice: Random, pages: number): ProcessPlan[] {
  const ends: (EndKind | null)[] = [];
  while (ends.length < 3 && dice.chance(0.65)) ends.push(dice.pick(ends.at(-1) === 'stall' ? TAKEN_OVER : ENDS));
  return [...ends, null].map((end, index) => {
    const events = dice.chance(0.4) ? [incidentOf(dice, pages, passing(dice))] : [];
    return {
      pauseMs: index > 0 && dice.chance(0.3) ? dice.pick([MINUTE, HOUR, 22.9 * HOUR, 23.1 * HOUR, 25 * HOUR]) : 0,
      events: end ? [...events, incidentOf(dice, pages, end)] : events,
      waitsAt: ends[index - 1] === 'stall' && dice.chance(0.5) ? dice.int(1, 4) : null,
    };
  });
}

function passing(dice: Random): IncidentKind {
  return dice.pick(['cancel', 'start again', 'change', 'change', 'advance', 'resync', 'resync']);
}

function incidentOf(dice: Random, pages: number, what: IncidentKind): Incident {
  return {
    // Two transactions a page: the quota's and its own.
    at: dice.chance(0.5) ? dice.int(1, 5) : dice.int(1, 2 * pages + 4),
    place: placeOf(dice, what),
    statement: dice.int(1, 4),
    what,
    seed: dice.int(1, 2 ** 30),
  };
}

function placeOf(dice: Random, what: IncidentKind): Incident['place'] {
  if (what === 'lose' || what === 'break') return 'inside';
  // After its last transaction the run has ended, and another could start.
  if (what === 'start again') return 'before';
  return dice.pick(['before', 'inside', 'inside', 'after']);
}
