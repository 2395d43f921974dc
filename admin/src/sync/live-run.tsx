import { useClient, useSubscription } from '@urql/preact';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useMemo, useReducer } from 'preact/hooks';
import { useSocketState } from '../api/use-socket.js';
import { LastRunDocument, type RunFragment, WatchRunsDocument } from '../generated/operations.js';

const RETRY_MS = 3_000;

export interface LiveRun {
  /** The current run of kind ORDERS, or the last one; null while loading, and if there is none. */
  readonly run: RunFragment | null;
  /** When the server last sent a run, in epoch milliseconds; null before it did. */
  readonly updatedAt: number | null;
  /** False from the loss of the socket until the server has sent the run again. */
  readonly live: boolean;
}

/** Texts that change with the runs of kind ORDERS, not with their progress. */
export interface RunChanges {
  /** Changes when a run starts and when it ends; undefined before the server has sent any. */
  readonly changed: string | undefined;
  /** Changes when a run has ended; undefined before the server has told of any. */
  readonly ended: string | undefined;
  /** Whether a run is active. */
  readonly running: boolean;
}

interface State extends LiveRun {
  /** The id of the last run that was seen ended. */
  readonly ended: string | undefined;
}

const INITIAL: State = { run: null, updatedAt: null, live: false, ended: undefined };
const RunContext = createContext<LiveRun>(INITIAL);
const ChangesContext = createContext<RunChanges>({ changed: undefined, ended: undefined, running: false });

function reduce(state: State, event: { readonly run: RunFragment | null } | 'lost'): State {
  if (event === 'lost') return { ...state, live: false };
  const run = newerRun(state.run, event.run);
  const ended = run && run.status !== 'RUNNING' ? run.id : (state.ended ?? 'none');
  return { run, updatedAt: Date.now(), live: true, ended };
}

/** Returns the run that started later; of two states of one run, the more advanced. */
export function newerRun(known: RunFragment | null, received: RunFragment | null): RunFragment | null {
  if (!known || !received) return known ?? received;
  const [a, b] =
    known.id === received.id
      ? [progressOf(known), progressOf(received)]
      : [Date.parse(known.startedAt), Date.parse(received.startedAt)];
  return a > b ? known : received;
}

const progressOf = ({ status, pages, requests }: RunFragment) =>
  status === 'RUNNING' ? pages + requests : Number.POSITIVE_INFINITY;

/** Subscribes once, for all views, to the current run of kind ORDERS. */
export function LiveRunProvider({ children }: { readonly children: ComponentChildren }) {
  const connected = useSocketState() === 'live';
  const client = useClient();
  const [{ data }] = useSubscription({ query: WatchRunsDocument });
  const [state, dispatch] = useReducer(reduce, INITIAL);

  useEffect(() => {
    if (data) dispatch({ run: data.syncProgress });
  }, [data]);

  // The subscription reports the current run only; one that ended while the socket was down has to be queried.
  useEffect(() => {
    if (!connected) return dispatch('lost');
    let timer: ReturnType<typeof setTimeout> | undefined;
    let cancelled = false;
    const query = async () => {
      const { data } = await client.query(LastRunDocument, { kind: 'ORDERS' }, { requestPolicy: 'network-only' });
      if (cancelled) return;
      if (data) dispatch({ run: data.syncRuns.nodes[0] ?? null });
      else timer = setTimeout(() => void query(), RETRY_MS);
    };
    void query();
    return () => {
      cancelled = true;
      clearTimeout(timer);
    };
  }, [connected, client]);

  const live = state.live && connected;
  const { ended } = state;
  const liveRun = useMemo(() => ({ ...state, live }), [state, live]);
  const running = state.run?.status === 'RUNNING';
  const known = state.run ? `${state.run.id} ${state.run.status}` : 'none';
  const changed = state.updatedAt === null ? undefined : known;
  const changes = useMemo(() => ({ changed, ended, running }), [changed, ended, running]);
  return (
    <ChangesContext value={changes}>
      <RunContext value={liveRun}>{children}</RunContext>
    </ChangesContext>
  );
}

/** The run with its progress: renders again with each page that is read. */
export const useLiveRun = (): LiveRun => useContext(RunContext);

/** For components that follow starts and ends of runs, but not their progress. */
export const useRunChanges = (): RunChanges => useContext(ChangesContext);
