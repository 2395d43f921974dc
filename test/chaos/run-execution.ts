import type { Sql } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { readRun } from '../../src/runs/run-store.js';
import { random } from '../../src/simulator/random.js';
import type { EndKind, Incident, ProcessPlan } from './plan.js';
import { type Process, type Works, within } from './process.js';
import type { Moment, Observer } from './process-database.js';
import type { World } from './world.js';

const PLAIN: ProcessPlan = { pauseMs: 0, events: [], waitsAt: null };
const MAX_PROCESSES = 12;
/** A run that makes more searches, or creates more reports, than this does not end. */
const MAX_REQUESTS = 500;
const HOUR = 3_600_000;
/** Statements that claim that all orders up to an instant, or of a time range, are stored. */
const PROMISES = /INSERT INTO sync_cursor|UPDATE report_window SET state/;
/** Statements that only the process with the claim may execute, without those that cut windows off which are too old. */
const WRITES =
  /INSERT INTO (amazon_order|sync_cursor|check_finding)\b|SET pages = |(UPDATE|INTO|FROM) (report_window|check_finding)\b(?! WHERE kind| SET from_time)/;

/** A run to be executed. */
export interface Task {
  readonly works: Exclude<Works, 'nothing'>;
  readonly dryRun: boolean;
  /** The processes that execute it, one after the other; later ones are not interrupted. */
  readonly processes: readonly ProcessPlan[];
  /** Starts it, by a process that does not work. */
  start(api: Process): Promise<SyncRun>;
}

/** A run that has ended, and what happened during it. */
export interface RunResult {
  readonly run: SyncRun;
  readonly cancelled: boolean;
  readonly broken: boolean;
  /** Whether neither the time nor the orders changed during the run. */
  readonly calm: boolean;
}

/** Executes a run by as many processes as it takes. */
export class RunExecution {
  readonly #world: World;
  readonly #task: Task;
  readonly #api: Process;
  readonly #processes: ProcessPlan[];
  #runId = 0n;
  #current: Process | null = null;
  readonly #stalled: Process[] = [];
  /** Started and not closed. */
  readonly #open = new Set<Process>();
  #hasEnded = false;
  #cancelled = false;
  #broken = false;
  #changed = false;
  #requestsBefore = 0;

  constructor(world: World, api: Process, task: Task) {
    this.#world = world;
    this.#api = api;
    this.#task = task;
    this.#processes = [...task.processes];
  }

  async execute(): Promise<RunResult> {
    const { clock, database } = this.#world;
    const begunAt = clock.time();
    this.#requestsBefore = this.#countRequests();
    const { id } = await this.#task.start(this.#api);
    this.#runId = id;
    let run = await readRun(database, id);
    for (let count = 0; run.status === 'RUNNING'; count += 1) {
      if (count > MAX_PROCESSES) throw new Error(`run ${id} is still running after ${MAX_PROCESSES} processes`);
      const process = this.#current ?? (await this.#next());
      const outcome = await within(process.outcome, `a process of run ${id}`);
      if (this.#current === process) this.#current = null;
      this.#world.note(`process: ${outcome}`);
      for (const stalled of this.#stalled.splice(0)) {
        await within(stalled.outcome, `a process of run ${id} that stalled`);
        if (stalled !== process) await this.#close(stalled);
      }
      await within(this.#close(process), `a process of run ${id}, when it was stopped,`);
      run = await readRun(database, id);
    }
    if (this.#current) await this.#close(this.#current);
    // One that stalls, or that takes over from it, would execute the next run.
    this.#hasEnded = true;
    for (const process of this.#open) {
      process.die();
      await within(this.#close(process), `a process that was left after run ${id}`);
    }
    const calm = clock.time() === begunAt && !this.#changed;
    return { run, cancelled: this.#cancelled, broken: this.#broken, calm };
  }

  async #close(process: Process): Promise<void> {
    if (this.#open.delete(process)) await this.#world.closeProcess(process);
  }

  /** Starts the next process; it takes the run over from its predecessor. */
  async #next(predecessor?: Process): Promise<Process> {
    const plan = this.#processes.shift() ?? PLAIN;
    if (plan.pauseMs > 0 && !predecessor) {
      this.#world.clock.advance(plan.pauseMs);
      this.#world.note(`no process for ${plan.pauseMs / HOUR} h`);
    }
    await this.#world.database.query(
      `UPDATE sync_run SET heartbeat_at = heartbeat_at - interval '30 days' WHERE status = 'RUNNING' AND id = $1`,
      [this.#runId],
    );
    let ready: (process: Process) => void = () => {};
    const started = new Promise<Process>((resolve) => {
      ready = resolve;
    });
    let met = () => {};
    const meeting = new Promise<void>((resolve) => {
      met = resolve;
    });
    let finishing = false;
    const observer: Observer = {
      at: async (moment) => {
        const process = await started;
        await this.#endless(process);
        if (predecessor && moment.place === 'before' && moment.transaction === plan.waitsAt) {
          met();
          await predecessor.outcome;
        }
        for (const event of plan.events)
          if (isNow(event, moment, this.#world.database.kind)) await this.#cause(event, moment, process);
        // A process that finds that another has ended the run logs nothing.
        if (finishing && moment.place === 'after') setImmediate(() => process.settle('abandoned'));
      },
      committing: (sql, statements, claim) => this.#checkClaim(sql, statements, claim),
      committed: async (statements) => {
        if (statements.some((text) => PROMISES.test(text))) await this.#world.look();
        finishing = statements.some((text) => text.includes('SET status = $3::sync_run_status'));
      },
    };
    const onLog = (message: string, line: string) => {
      const expected = this.#broken || line.includes('"type":"ProcessDeadError"');
      if (/unexpected error/.test(message) && !expected) this.#world.violation(`unexpected error: ${line}`);
    };
    const process = await this.#world.startProcess({ works: this.#task.works, observer, onLog });
    this.#open.add(process);
    if (predecessor) this.#current = process;
    ready(process);
    if (this.#hasEnded) {
      process.die();
      await this.#close(process);
      return process;
    }
    if (predecessor) await Promise.race([process.outcome, meeting]);
    return process;
  }

  async #cause(event: Incident, moment: Moment, process: Process): Promise<void> {
    const { what } = event;
    const note = (line: string) => this.#world.note(line);
    const statement = moment.place === 'inside' ? `, statement ${moment.statement}` : '';
    note(`${what} ${moment.place} transaction ${moment.transaction}${statement}`);
    if (isEndKind(what)) {
      this.#world.figures.interruptions += 1;
      return this.#end(what, process);
    }
    const dice = random(event.seed);
    if (what === 'change') {
      this.#changed = true;
      for (const line of this.#world.book.change(dice, dice.int(1, 6))) note(line);
    } else if (what === 'advance') {
      this.#world.clock.advance(dice.int(1, 180) * 60_000);
    } else if (what === 'cancel') {
      this.#cancelled = true;
      const { status } = await this.#api.engine.cancel(this.#runId);
      if (status !== 'RUNNING') process.settle('ended');
    } else if (what === 'start again') {
      // Another process may have ended the run.
      if ((await readRun(this.#world.database, this.#runId)).status !== 'RUNNING') return;
      const refusal = await this.#task.start(this.#api).then(
        () => null,
        (error: { code?: string }) => error.code,
      );
      if (refusal !== 'SYNC_ALREADY_RUNNING') this.#world.violation('a second run was started while one was running');
    } else {
      const order = this.#world.book.pick(dice);
      // Another write would hide what a dry run changed.
      if (!order || this.#task.dryRun) return;
      this.#changed = true;
      if (dice.chance(0.7)) this.#world.book.touch(order.orderId);
      await this.#api.engine.resyncOrder(order.orderId).catch((error: Error) => note(`resync: ${error.message}`));
      note(`resync ${order.orderId}`);
    }
  }

  async #end(what: EndKind, process: Process): Promise<void> {
    switch (what) {
      case 'die':
        process.die();
        return;
      case 'lose':
        throw Object.assign(new Error('terminating connection due to administrator command'), { code: '57P01' });
      case 'break':
        this.#broken = true;
        throw Object.assign(new Error('could not extend file: No space left on device'), { code: '53100' });
      case 'stop':
        void process.stop().then(() => process.settle('stopped'));
        return;
      case 'stall': {
        // No process takes over a run that has ended.
        if ((await readRun(this.#world.database, this.#runId)).status !== 'RUNNING') return;
        this.#stalled.push(process);
        const over = this.#next(process);
        process.stall(over);
        await over;
        return;
      }
    }
  }

  /** Checks before a transaction that writes for the run commits that its process has claimed the run. */
  async #checkClaim(sql: Sql, statements: readonly string[], claim: string | null): Promise<void> {
    if (!statements.some((text) => WRITES.test(text))) return;
    const [running] = await sql.query<{ claim: string | null }>(
      `SELECT claim FROM sync_run WHERE status = 'RUNNING' AND id = $1`,
      [this.#runId],
    );
    if (claim === null || running?.claim !== claim) this.#world.violation('a process without the claim wrote a page');
  }

  async #endless(process: Process): Promise<void> {
    if (this.#countRequests() - this.#requestsBefore <= MAX_REQUESTS) return;
    this.#world.violation(`the run made more than ${MAX_REQUESTS} searches or reports`);
    this.#world.simulator.faults.clear();
    process.die();
  }

  #countRequests(): number {
    return this.#world.simulator.count(this.#task.works === 'orders' ? 'searchOrders' : 'createReport');
  }
}

function isEndKind(what: Incident['what']): what is EndKind {
  return what === 'die' || what === 'lose' || what === 'break' || what === 'stop' || what === 'stall';
}

/**
 * Whether the event happens at this moment. Events that use another session can't happen inside a transaction of PGlite, which
 * has one, and on PostgreSQL only before the page's statement locks the run's row. A resync never can: the page's transaction
 * holds the lock of writers.
 */
function isNow({ at, place, statement, what }: Incident, moment: Moment, kind: 'pglite' | 'postgres'): boolean {
  if (at !== moment.transaction) return false;
  const needsSession = ['stall', 'cancel', 'start again', 'resync'].includes(what);
  const mustPrecede = what === 'resync' || (needsSession && kind === 'pglite');
  if ((place === 'inside' && mustPrecede ? 'before' : place) !== moment.place) return false;
  return moment.place !== 'inside' || moment.statement === (needsSession ? 1 : statement);
}
