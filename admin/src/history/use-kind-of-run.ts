import { useEffect, useReducer, useState } from 'react';
import { useSubscription } from 'urql';
import { useLiveQuery } from '../api/use-live-query.js';
import { FollowRunDocument, LastRunDocument, type RunFragment } from '../generated/operations.js';
import { newerRun, useLiveRun } from '../sync/live-run.js';

/** How often the server is asked for a run that it, or another user, has started. */
const POLL_MS = 5_000;

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
  const { run: sync, socket } = useLiveRun();
  const [run, dispatch] = useReducer(newerRun, null);
  const [updatedAt, setUpdatedAt] = useState<number | null>(null);
  const running = run?.status === 'RUNNING';
  const version = `${run?.id} ${run?.status}`;

  const args = { query: LastRunDocument, variables: { kind } };
  const [{ data: last }, refetch] = useLiveQuery(args, `${sync?.id} ${sync?.status} ${socket}`);
  const [{ data: followed }] = useSubscription({
    query: FollowRunDocument,
    variables: { runId: run?.id ?? '' },
    pause: !running,
  });
  const received = followed?.syncProgress;
  useEffect(() => {
    if (last) dispatch(last.syncRuns.nodes[0] ?? null);
  }, [last]);
  useEffect(() => {
    if (received) dispatch(received);
    setUpdatedAt(received ? Date.now() : null);
  }, [received]);

  // The subscription without an id reports runs of kind ORDERS only.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `refetch` is new in each render
  useEffect(() => {
    if (running) return;
    const timer = setInterval(refetch, POLL_MS);
    return () => clearInterval(timer);
  }, [running]);

  const live = socket === 'live';
  return { run, loaded: last !== undefined, live, updatedAt, version, started: dispatch };
}
