import type { Random } from '../../src/simulator/random.js';
import type { EndKind, Incident, IncidentKind, ProcessPlan } from './plan.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ENDS: readonly [EndKind, ...EndKind[]] = ['die', 'die', 'die', 'lose', 'break', 'stop', 'stall', 'stall'];
/** Ends of a process that took over. Not `stop`: the stalled process might claim the released run, at an unknown moment. */
const TAKEN_OVER: readonly [EndKind, ...EndKind[]] = ['die', 'lose', 'break', 'stall'];

/** Processes that execute a run of about so many pages and end in the middle of it, all but the last one. */
export function processesOf(dice: Random, pages: number): ProcessPlan[] {
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
