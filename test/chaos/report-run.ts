import type { SyncRun } from '../../src/generated/prisma/client.js';
import type { ReportStep } from './plan.js';
import type { Process } from './process.js';
import { RunExecution, type RunResult } from './run-execution.js';
import type { World } from './world.js';

const DAY_MS = 86_400_000;

/** Adds the faults of a run that reads reports, and sets how Amazon makes them. */
export function prepareReports(world: World, step: ReportStep): void {
  world.simulator.reports.set({ ...PLAIN_REPORTS, ...step.settings });
  for (const fault of step.faults) world.simulator.faults.add(fault);
  for (const rule of step.reportFaults) world.simulator.reports.add(rule);
  const faults = [...step.faults, ...step.reportFaults].map(({ fault }) => fault.kind);
  world.note(`${step.do} of ${step.days} days; faults: ${faults.join(', ') || 'none'}`);
}

const PLAIN_REPORTS = {
  wholeRegion: false,
  snapshotAt: 'start',
  cancelEmpty: true,
  gzip: true,
  charset: 'UTF-8',
  queueMs: 5_000,
  processingMs: 10_000,
} as const;

/** Executes a run that reads reports. @param api the process that starts it */
export function executeReportRun(world: World, api: Process, step: ReportStep): Promise<RunResult> {
  const { works, start } = { works: 'reports' as const, start: (by: Process) => startRun(world, by, step) };
  return new RunExecution(world, api, { works, start, dryRun: false, processes: step.processes }).execute();
}

function startRun({ clock }: World, { history }: Process, { do: kind, days }: ReportStep): Promise<SyncRun> {
  const from = new Date(clock.time() - days * DAY_MS);
  return kind === 'history' ? history.start(from) : history.startCheck(from, clock.now());
}

/** Checks what must hold after any such run. @param beside whether a run with faults of its own went on meanwhile */
export async function checkReportRun(
  world: World,
  { run, cancelled, broken }: RunResult,
  beside: boolean,
): Promise<void> {
  const { figures, database } = world;
  world.note(
    `${run.kind} ${run.id}: ${run.status} ${run.errorCode ?? ''} windows ${run.pages}, seen ${run.ordersSeen} = ${run.ordersInserted} + ${run.ordersUpdated} + ${run.ordersUnchanged}, rejected ${run.ordersRejected}`,
  );
  figures.reportRuns += 1;
  figures.requests += run.requests;
  figures[run.status === 'OK' ? 'ok' : run.status === 'ERROR' ? 'error' : 'cancelled'] += 1;
  if (!cancelled && !broken && !beside && run.status !== 'OK')
    world.violation(`the ${run.kind} run ended ${run.status}: ${run.error}`);
  if (run.status === 'CANCELLED' && !cancelled)
    world.violation(`the ${run.kind} run ended CANCELLED without a request`);
  if (!broken && (run.errorCode === 'INTERNAL' || run.errorCode === 'INTERRUPTED'))
    world.violation(`the ${run.kind} run ended in ${run.errorCode}: ${run.error}`);
  if (run.status !== 'OK') return;
  const left = await database.query(`SELECT id FROM report_window WHERE run_id = $1 AND state <> 'DONE'`, [run.id]);
  if (left.length > 0) world.violation(`the ${run.kind} run ended OK with ${left.length} windows that are not DONE`);
  const found = await database.query(`SELECT 1 FROM check_finding WHERE run_id = $1 AND state = 'FOUND'`, [run.id]);
  if (found.length > 0) world.violation(`the check ended OK with ${found.length} findings that were not read`);
}
