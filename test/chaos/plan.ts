import type {
  EventFaultRule,
  FaultRule,
  ReportFaultRule,
  ReportSettings,
  UsagePlan,
} from '../../src/simulator/simulator.js';

/** A history as data: steps that change orders, inject faults and interrupt processes. */
export interface Plan extends ReportPlan {
  /** Null: nobody reads notifications. */
  readonly notifications: NotificationPlan | null;
  readonly seed: number;
  readonly orders: number;
  readonly maxPerPage: number;
  readonly order: 'updated' | 'shuffled';
  readonly marketplaceIds: readonly string[];
  /** How many of them the connection names at the start. */
  readonly connected: number;
  /** RETENTION_ORDERS_MONTHS; null: all orders are kept. */
  readonly keptMonths: number | null;
}

export type Step =
  | { readonly do: 'advance'; readonly ms: number }
  | { readonly do: 'change'; readonly seed: number; readonly count: number }
  | { readonly do: 'connect'; readonly marketplaces: number }
  /** One order read by its id; `late`: it is saved only after the order has changed and a run has read the change. */
  | { readonly do: 'resync'; readonly seed: number; readonly late: boolean }
  | ListenStep
  | RunStep
  | ReportStep;

/** How Amazon notifies in a history. */
export interface NotificationPlan {
  readonly eventFaults: readonly EventFaultRule[];
  /** Faults of the queue while runs are executed. */
  readonly queueFaults: readonly FaultRule[];
  /** Of the processes that read the queue when the faults have stopped. */
  readonly lastDeaths: ListenStep['deaths'];
  /** How long getOrder shows the state before a change. */
  readonly getOrderLagMs: number;
}

/** From now on so many processes read the queue; null: it doesn't die. */
export interface ListenStep {
  readonly do: 'listen';
  readonly deaths: readonly (ListenerDeath | null)[];
}

/** When a process that reads the queue is killed; inside: before the second statement. */
export interface ListenerDeath {
  readonly at: number;
  readonly place: 'before' | 'inside' | 'after';
}

export interface RunStep {
  readonly do: 'run';
  readonly trigger: 'MANUAL' | 'SCHEDULE';
  readonly dryRun: boolean;
  readonly includeItems: boolean;
  readonly faults: readonly FaultRule[];
  readonly quota: UsagePlan | null;
  /** A run of the history in another process meanwhile. */
  readonly beside: ReportStep | null;
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

/** A run of kind HISTORY or CHECK. */
export interface ReportStep {
  readonly do: 'history' | 'check';
  /** How far back it reads. */
  readonly days: number;
  readonly faults: readonly FaultRule[];
  readonly reportFaults: readonly ReportFaultRule[];
  readonly settings: Partial<ReportSettings>;
  readonly processes: readonly ProcessPlan[];
}

/** What a plan does with reports. */
export interface ReportPlan {
  /** The orders were created over this number of days, so that only reports have the older ones; null: all are recent. */
  readonly createdWithinDays: number | null;
  readonly steps: readonly Step[];
  /** The check at the end, of a mirror from which orders were taken; null: none. */
  readonly check: ReportStep | null;
}

/** A manual run without faults and interruptions. */
export const PLAIN_RUN: RunStep = {
  do: 'run',
  trigger: 'MANUAL',
  dryRun: false,
  includeItems: true,
  faults: [],
  quota: null,
  beside: null,
  processes: [],
};

/** A run of the history without faults and interruptions. */
export function plainHistory(days: number): ReportStep {
  return { do: 'history', days, faults: [], reportFaults: [], settings: {}, processes: [] };
}
