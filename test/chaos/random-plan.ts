import { type Random, random } from '../../src/simulator/random.js';
import type { Plan, Step } from './plan.js';
import { randomFaults } from './random-faults.js';
import { withNotificationSteps } from './random-notifications.js';
import { processesOf } from './random-processes.js';
import { withReportSteps } from './random-reports.js';

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
  const withReports = withReportSteps(seed, steps);
  return {
    seed,
    orders,
    maxPerPage: many ? 100 : Math.ceil(orders / pages),
    order: dice.chance(0.3) ? 'shuffled' : 'updated',
    marketplaceIds: MARKETPLACES.slice(0, marketplaces),
    connected: dice.int(1, marketplaces),
    keptMonths: keptMonthsOf(seed, withReports.createdWithinDays),
    ...withReports,
    ...withNotificationSteps(seed, withReports.steps),
  };
}

/** In half of the histories that have orders of several months, a part of these is too old. */
function keptMonthsOf(seed: number, days: number | null): number | null {
  const dice = random(seed, 29);
  return days === null || dice.chance(0.5) ? null : Math.max(1, Math.floor((days / 30) * (0.3 + dice.fraction() / 2)));
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
    beside: null,
    processes: dice.chance(0.75) ? processesOf(dice, pages) : [],
  };
}
