import { useSubscription } from '@urql/preact';
import { useEffect, useReducer, useState } from 'preact/hooks';
import { useLiveQuery } from '../api/use-live-query.js';
import { useSocketState } from '../api/use-socket.js';
import { LastRunDocument, type RunFragment, WatchRunsOfKindDocument } from '../generated/operations.js';
import { newerRun } from '../sync/live-run.js';

export interface KindOfRun {
  /** The current run, or the last one; null while loading, and if there is none. */
  readonly run: RunFragment | null;
  readonly live: boolean;
  /** When the server last sent a run, in epoch milliseconds; null before it did. */
  readonly updatedAt: number | null;
  /** Changes when a run starts or ends. */
  readonly version: string;
  /** Shows a run that the user has started. */
  readonly started: (run: RunFragment) => void;
}

interface LoadedKindOfRun extends KindOfRun {
  /** False until the server has answered. */
  readonly loaded: boolean;
}

/** Follows the current run of a kind other than ORDERS. */
export function useKindOfRun(kind: 'HISTORY' | 'CHECK'): LoadedKindOfRun {
  const socket = useSocketState();
  const [run, dispatch] = useReducer(newerRun, null);
  const [updatedAt, setUpdatedAt] = useState<number | null>(null);
  const version = `${run?.id} ${run?.status}`;

  const args = { query: LastRunDocument, variables: { kind } };
  const [{ data: last }] = useLiveQuery(args);
  const [{ data: followed }] = useSubscription({ query: WatchRunsOfKindDocument, variables: { kind } });
  const received = followed?.syncProgress;
  useEffect(() => {
    if (last) dispatch(last.syncRuns.nodes[0] ?? null);
  }, [last]);
  useEffect(() => {
    if (received) dispatch(received);
    setUpdatedAt(received ? Date.now() : null);
  }, [received]);

  const live = socket === 'live';
  return { run, loaded: last !== undefined, live, updatedAt, version, started: dispatch };
}
