import { createContext, type ReactNode, useContext, useEffect, useReducer } from 'react';
import { useClient, useSubscription } from 'urql';
import { type Socket, type SocketState, useSocketState } from '../api/socket.js';
import { LastRunDocument, type RunFragment, WatchRunsDocument } from '../generated/operations.js';

const RETRY_MS = 3_000;

interface State {
  /** The current run of kind ORDERS, or the last one; null while loading, and if there is none. */
  readonly run: RunFragment | null;
  /** When the server last sent a run, in epoch milliseconds; null before it did. */
  readonly updatedAt: number | null;
  /** False from the loss of the socket until the server has sent the run again. */
  readonly live: boolean;
}

export interface LiveRun extends State {
  readonly socket: SocketState;
}

const INITIAL: State = { run: null, updatedAt: null, live: false };
const Context = createContext<LiveRun>({ ...INITIAL, socket: 'connecting' });

function reduce(state: State, event: { readonly run: RunFragment | null } | 'lost'): State {
  if (event === 'lost') return { ...state, live: false };
  return { run: newerRun(state.run, event.run), updatedAt: Date.now(), live: true };
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
export function LiveRunProvider({ socket, children }: { readonly socket: Socket; readonly children: ReactNode }) {
  const socketState = useSocketState(socket);
  const connected = socketState === 'live';
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

  return <Context value={{ ...state, live: state.live && connected, socket: socketState }}>{children}</Context>;
}

export const useLiveRun = (): LiveRun => useContext(Context);
