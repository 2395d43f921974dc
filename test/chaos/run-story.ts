import type { Sql } from '../../src/database/database.js';
import type { SyncRun } from '../../src/generated/prisma/client.js';
import { readRun } from '../../src/runs/run-store.js';
import { random } from '../../src/simulator/random.js';
import type { Moment, Witness } from './mortal-database.js';
import type { End, Incident, Life, RunStep } from './plan.js';
import { type Process, within } from './process.js';
import type { World } from './world.js';

const PLAIN: Life = { pauseMs: 0, events: [], meetsAt: null };
const MOST_LIVES = 12;
/** More searches than this in one run are no search that comes to an end. */
const MOST_SEARCHES = 500;
const HOUR = 3_600_000;

/** What befell a run while it was carried out. */
export interface Story {
  readonly run: SyncRun;
  readonly cancelled: boolean;
  readonly broken: boolean;
  /** Whether neither time nor the orders moved while it ran. */
  readonly calm: boolean;
}

/** Carries one run out, by as many processes as it takes. */
export class RunStory {
  readonly #world: World;
  readonly #step: RunStep;
  readonly #api: Process;
  readonly #lives: Life[];
  #runId = 0n;
  #current: Process | null = null;
  readonly #stalled: Process[] = [];
  #cancelled = false;
  #broken = false;
  #changed = false;
  #searchesBefore = 0;

  constructor(world: World, api: Process, step: RunStep) {
    this.#world = world;
    this.#api = api;
    this.#step = step;
    this.#lives = [...step.lives];
  }

  async tell(): Promise<Story> {
    const { clock, simulator, database } = this.#world;
    const { dryRun, includeItems, trigger } = this.#step;
    const begunAt = clock.time();
    this.#searchesBefore = simulator.count('searchOrders');
    const { id } = await this.#api.engine.start({ dryRun, includeItems, trigger });
    this.#runId = id;
    let run = await readRun(database, id);
    for (let count = 0; run.status === 'RUNNING'; count += 1) {
      if (count > MOST_LIVES) throw new Error(`run ${id} is still running after ${MOST_LIVES} processes`);
      const process = this.#current ?? (await this.#next());
      const outcome = await within(process.outcome, `a process of run ${id}`);
      if (this.#current === process) this.#current = null;
      this.#world.note(`process: ${outcome}`);
      for (const stalled of this.#stalled.splice(0)) {
        await within(stalled.outcome, `a process of run ${id} that stalled`);
        if (stalled !== process) await this.#world.closeProcess(stalled);
      }
      await within(this.#world.closeProcess(process), `a process of run ${id}, when it was stopped,`);
      run = await readRun(database, id);
    }
    if (this.#current) await this.#world.closeProcess(this.#current);
    const calm = clock.time() === begunAt && !this.#changed;
    return { run, cancelled: this.#cancelled, broken: this.#broken, calm };
  }

  /** The next process; it takes the run over from whoever has it. */
  async #next(predecessor?: Process): Promise<Process> {
    const life = this.#lives.shift() ?? PLAIN;
    if (life.pauseMs > 0 && !predecessor) {
      this.#world.clock.advance(life.pauseMs);
      this.#world.note(`nobody is there for ${life.pauseMs / HOUR} h`);
    }
    await this.#world.database.query(
      `UPDATE sync_run SET heartbeat_at = heartbeat_at - interval '30 days' WHERE status = 'RUNNING'`,
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
    const witness: Witness = {
      at: async (moment) => {
        const process = await started;
        await this.#endless(process);
        if (predecessor && moment.place === 'before' && moment.transaction === life.meetsAt) {
          met();
          await predecessor.outcome;
        }
        for (const event of life.events)
          if (isNow(event, moment, this.#world.database.kind)) await this.#happen(event, moment, process);
        // A process that finds the run ended by another says nothing.
        if (finishing && moment.place === 'after') setImmediate(() => process.settle('left'));
      },
      committing: (sql, statements, claim) => this.#checkClaim(sql, statements, claim),
      committed: async (statements) => {
        if (statements.some((text) => text.includes('INSERT INTO sync_cursor'))) await this.#world.look();
        finishing = statements.some((text) => text.includes('SET status = $3::sync_run_status'));
      },
    };
    const onLog = (message: string, line: string) => {
      const expected = this.#broken || line.includes('"type":"Dead"');
      if (/nobody foresaw/.test(message) && !expected) this.#world.trouble(`unforeseen: ${line}`);
    };
    const process = await this.#world.startProcess({ works: true, witness, onLog });
    if (predecessor) this.#current = process;
    ready(process);
    if (predecessor) await Promise.race([process.outcome, meeting]);
    return process;
  }

  async #happen(event: Incident, moment: Moment, process: Process): Promise<void> {
    const { what } = event;
    const note = (line: string) => this.#world.note(line);
    const statement = moment.place === 'inside' ? `, statement ${moment.statement}` : '';
    note(`${what} ${moment.place} transaction ${moment.transaction}${statement}`);
    if (isEnd(what)) {
      this.#world.figures.interruptions += 1;
      return this.#end(what, process);
    }
    const dice = random(event.seed);
    if (what === 'change') {
      this.#changed = true;
      for (const line of this.#world.book.change(dice, dice.int(1, 6))) note(line);
    } else if (what === 'live') {
      this.#world.clock.advance(dice.int(1, 180) * 60_000);
    } else if (what === 'cancel') {
      this.#cancelled = true;
      const { status } = await this.#api.engine.cancel(this.#runId);
      if (status !== 'RUNNING') process.settle('ended');
    } else if (what === 'start again') {
      // Another process may have ended it meanwhile.
      if ((await readRun(this.#world.database, this.#runId)).status !== 'RUNNING') return;
      const refusal = await this.#api.engine.start({ dryRun: false, includeItems: true, trigger: 'MANUAL' }).then(
        () => null,
        (error: { code?: string }) => error.code,
      );
      if (refusal !== 'SYNC_ALREADY_RUNNING') this.#world.trouble('a second run was started while one was running');
    } else {
      const order = this.#world.book.pick(dice);
      // What a dry run leaves as it was could not be told if others wrote meanwhile.
      if (!order || this.#step.dryRun) return;
      this.#changed = true;
      if (dice.chance(0.7)) this.#world.book.touch(order.orderId);
      await this.#api.engine.resyncOrder(order.orderId).catch((error: Error) => note(`resync: ${error.message}`));
      note(`resync ${order.orderId}`);
    }
  }

  async #end(what: End, process: Process): Promise<void> {
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
        void process.engine.stop().then(() => process.settle('stopped'));
        return;
      case 'stall': {
        // A run that has ended is nobody's to take over.
        if ((await readRun(this.#world.database, this.#runId)).status !== 'RUNNING') return;
        this.#stalled.push(process);
        const over = this.#next(process);
        process.stall(over);
        await over;
        return;
      }
    }
  }

  /** Before a page's transaction is in: does the run belong to who writes it? */
  async #checkClaim(sql: Sql, statements: readonly string[], claim: string | null): Promise<void> {
    if (!statements.some((text) => /INSERT INTO (amazon_order|sync_cursor)\b|SET pages = /.test(text))) return;
    const [running] = await sql.query<{ claim: string | null }>(`SELECT claim FROM sync_run WHERE status = 'RUNNING'`);
    if (claim === null || running?.claim !== claim)
      this.#world.trouble('a process that has not got the run wrote a page');
  }

  async #endless(process: Process): Promise<void> {
    if (this.#world.simulator.count('searchOrders') - this.#searchesBefore <= MOST_SEARCHES) return;
    this.#world.trouble(`the run made more than ${MOST_SEARCHES} searches`);
    this.#world.simulator.faults.clear();
    process.die();
  }
}

function isEnd(what: Incident['what']): what is End {
  return what === 'die' || what === 'lose' || what === 'break' || what === 'stop' || what === 'stall';
}

/** What needs a session of its own can't happen while the embedded database's only one, or a row's lock, is taken. */
function isNow(event: Incident, moment: Moment, kind: 'pglite' | 'postgres'): boolean {
  if (event.at !== moment.transaction) return false;
  const alone = !['stall', 'cancel', 'start again', 'resync'].includes(event.what);
  if (event.place === 'inside' && !alone && kind === 'pglite') return moment.place === 'before';
  if (event.place !== moment.place) return false;
  if (moment.place !== 'inside') return true;
  if (alone) return event.statement === moment.statement;
  if (event.what !== 'resync') return moment.statement === 1;
  // Between what is read of a page's orders and what is written of them; once that has begun, others wait.
  return moment.statement === 1 && moment.text.includes('UPDATE sync_run');
}
