import { createContext, type ReactNode, useContext, useEffect, useReducer } from 'react';
import { useClient, useSubscription } from 'urql';
import { type Socket, type SocketState, useSocketState } from '../api/socket.js';
import { LastRunDocument, type RunFragment, WatchRunsDocument } from '../generated/operations.js';
import { newest } from './newest.js';

const ASK_AGAIN_MS = 3_000;

export interface LiveRun {
  /** The run under way, or the last one; null before the server has told, and when there was none. */
  readonly run: RunFragment | null;
  readonly socket: SocketState;
  /** True while `run` is what the server says now: not after the socket was lost, until the server has said it again. */
  readonly live: boolean;
  /** When the server last told of runs, in milliseconds; null before it did. */
  readonly toldAt: number | null;
}

interface Known {
  readonly run: RunFragment | null;
  readonly toldAt: number | null;
  readonly stale: boolean;
}

type News = { readonly told: RunFragment | null } | 'lost';

const Context = createContext<LiveRun>({ run: null, socket: 'connecting', live: false, toldAt: null });

function learn(known: Known, news: News): Known {
  if (news === 'lost') return { ...known, stale: true };
  return { run: newest(known.run, news.told), toldAt: Date.now(), stale: false };
}

/** One subscription for all views: the run under way, whoever started it. */
export function LiveRunProvider({ socket, children }: { readonly socket: Socket; readonly children: ReactNode }) {
  const state = useSocketState(socket);
  const client = useClient();
  const [{ data }] = useSubscription({ query: WatchRunsDocument });
  const [{ run, toldAt, stale }, hear] = useReducer(learn, { run: null, toldAt: null, stale: true });

  useEffect(() => {
    if (data) hear({ told: data.syncProgress });
  }, [data]);

  // A subscription tells of what runs now. What ended while nobody listened has to be asked for.
  useEffect(() => {
    if (state !== 'live') return hear('lost');
    let timer: ReturnType<typeof setTimeout> | undefined;
    let left = false;
    const ask = async () => {
      const answer = await client.query(LastRunDocument, {}, { requestPolicy: 'network-only' }).toPromise();
      if (left) return;
      if (answer.data) hear({ told: answer.data.syncRuns.nodes[0] ?? null });
      else timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    };
    void ask();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [state, client]);

  return <Context value={{ run, socket: state, live: state === 'live' && !stale, toldAt }}>{children}</Context>;
}

/** Kept up to date over the socket. */
export const useLiveRun = (): LiveRun => useContext(Context);
