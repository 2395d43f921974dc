import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useSubscription } from 'urql';
import { type Socket, type SocketState, useSocketState } from '../api/socket.js';
import { type RunFragment, WatchRunsDocument } from '../generated/operations.js';

export interface LiveRun {
  /** The running run, or the last one that was seen to end; null before any was seen. */
  readonly run: RunFragment | null;
  readonly socket: SocketState;
  /** True while `run` is what the server says now: not after the socket was lost, until the server has said it again. */
  readonly live: boolean;
}

const Context = createContext<LiveRun>({ run: null, socket: 'connecting', live: false });

/** One subscription for all views: the run under way, whoever started it. */
export function LiveRunProvider({ socket, children }: { readonly socket: Socket; readonly children: ReactNode }) {
  const state = useSocketState(socket);
  const [{ data }] = useSubscription({ query: WatchRunsDocument });
  const run = data?.syncProgress ?? null;
  const [stale, setStale] = useState(false);
  useEffect(() => {
    if (state !== 'live') setStale(true);
  }, [state]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each event makes it fresh, even one that says the same
  useEffect(() => setStale(false), [data]);
  return <Context value={{ run, socket: state, live: state === 'live' && !stale }}>{children}</Context>;
}

/** Kept up to date over the socket. */
export const useLiveRun = (): LiveRun => useContext(Context);
