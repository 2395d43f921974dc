import { type Random, random } from '../../src/simulator/random.js';
import type { Fault, FaultRule, Operation, ReportFault, ReportSettings } from '../../src/simulator/simulator.js';
import type { ReportPlan, ReportStep, Step } from './plan.js';
import { processesOf } from './random-processes.js';

const RECENT_DAYS = 20;
const CHECKED_DAYS = 40;

/** Adds runs that read reports to the steps of a plan, between its runs and beside them; the rest of the plan stays as it is. */
export function withReportSteps(seed: number, steps: readonly Step[]): ReportPlan {
  const dice = random(seed, 8);
  const createdWithinDays = dice.chance(0.3) ? dice.int(90, 400) : null;
  const historyDays = createdWithinDays ?? RECENT_DAYS;
  // Two answers in a row that there is no order prove a window empty, also if both are wrong.
  let mayDenyOrders = dice.chance(0.5);
  const reportStep = (kind: ReportStep['do']): ReportStep => {
    const denial = mayDenyOrders && dice.chance(0.5) ? [{ fault: dice.pick(DENIALS), on: onceIn(dice, 4) }] : [];
    if (denial.length > 0) mayDenyOrders = false;
    const failing = dice.chance(0.5) ? [{ fault: reportFault(dice), on: onceIn(dice, 5) }] : [];
    return {
      do: kind,
      days: kind === 'history' ? historyDays : CHECKED_DAYS,
      faults: dice.chance(0.5) ? Array.from({ length: dice.int(1, 3) }, () => requestFault(dice)) : [],
      reportFaults: [...denial, ...failing],
      settings: reportSettings(dice),
      processes: dice.chance(0.75) ? processesOf(dice, 6) : [],
    };
  };
  const added = steps.flatMap((step): Step[] => {
    const before = dice.chance(0.1) ? [reportStep(dice.chance(0.7) ? 'history' : 'check')] : [];
    if (step.do !== 'run' || step.dryRun || !dice.chance(0.15)) return [...before, step];
    return [...before, { ...step, beside: reportStep('history') }];
  });
  const check = dice.chance(0.6)
    ? {
        faults: [],
        reportFaults: [],
        do: 'check' as const,
        days: CHECKED_DAYS,
        settings: reportSettings(dice),
        processes: processesOf(dice, 6),
      }
    : null;
  return { createdWithinDays, steps: added, check };
}

const DENIALS: readonly [ReportFault, ...ReportFault[]] = [{ kind: 'cancelled' }, { kind: 'no-orders' }];

function reportFault(dice: Random): ReportFault {
  return dice.pick<ReportFault>([
    { kind: 'fatal' },
    { kind: 'fatal', reason: 'An internal error occurred.' },
    { kind: 'sentence' },
    { kind: 'empty' },
    { kind: 'cut-off' },
    { kind: 'malformed-order', index: dice.int(0, 5) },
    { kind: 'stuck', status: dice.pick(['IN_QUEUE', 'IN_PROGRESS'] as const) },
    { kind: 'stuck', ms: dice.int(1, 400) * 1000 },
  ]);
}

/** A fault of a few requests, which a run survives. A `truncate` of createReport loses the id of a report that exists. */
function requestFault(dice: Random): FaultRule {
  const operation = dice.pick<Operation>(['createReport', 'getReport', 'getReportDocument', 'downloadReport']);
  const on = onceIn(dice, 6);
  if (operation === 'downloadReport') {
    const fault = dice.pick<Fault>([
      { kind: 'reset' },
      { kind: 'truncate' },
      { kind: 'stall' },
      { kind: 'slow', ms: dice.int(2, 20) },
      { kind: '500' },
      { kind: '403-forbidden' },
    ]);
    return { operation, on, fault };
  }
  if (operation === 'getReportDocument' && dice.chance(0.4)) return { operation, on, fault: { kind: 'expired-url' } };
  const fault = dice.pick<Fault>([
    { kind: '429' },
    { kind: '429' },
    { kind: '500' },
    { kind: '503-html' },
    { kind: 'reset' },
    { kind: 'truncate' },
    { kind: 'truncate' },
    { kind: 'wrong-content-type' },
    { kind: 'security-token-expired' },
    { kind: 'expire-access-token' },
  ]);
  const count = dice.int(1, 2);
  // A token that expires right after a login is a refusal, which ends a run.
  return { operation, on: { ...on, count: fault.kind === 'expire-access-token' ? 1 : count }, fault };
}

function reportSettings(dice: Random): Partial<ReportSettings> {
  return {
    wholeRegion: dice.chance(0.3),
    snapshotAt: dice.pick(['start', 'end'] as const),
    cancelEmpty: dice.chance(0.7),
    gzip: dice.chance(0.7),
    charset: dice.pick(['UTF-8', 'ISO-8859-1'] as const),
    queueMs: dice.pick([0, 5_000, 60_000]),
    processingMs: dice.pick([0, 10_000, 300_000]),
  };
}

function onceIn(dice: Random, most: number): { from: number; count: number } {
  return { from: dice.int(1, most), count: 1 };
}
