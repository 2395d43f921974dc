import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useRef } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { useLiveQuery } from '../api/use-live-query.js';
import { MirrorDocument, type MirrorQuery } from '../generated/operations.js';
import { useRunChanges } from './live-run.js';

/** How long after a planned run or test the server is queried for its outcome. */
const DELAY_MS = 3_000;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const Context = createContext<MirrorQuery | undefined>(undefined);

/** Queries once, for all views, how far the mirror is complete and when the next run is due. */
export function MirrorProvider({ children }: { readonly children: ComponentChildren }) {
  // A view may have changed the connection, and others may have.
  const [path] = useLocation();
  const { changed } = useRunChanges();
  const version = changed === undefined ? undefined : `${changed} ${path}`;
  const [{ data }, refetch] = useLiveQuery({ query: MirrorDocument }, version);
  const latest = useRef(refetch);
  useEffect(() => {
    latest.current = refetch;
  });
  const next = data?.connection?.nextSyncAt ?? data?.connection?.nextProbeAt;
  useEffect(() => {
    if (!next) return;
    const wait = Math.max(0, Date.parse(next) - Date.now()) + DELAY_MS;
    const timer = setTimeout(() => latest.current(), Math.min(MAX_TIMEOUT_MS, wait));
    return () => clearTimeout(timer);
  }, [next]);
  return <Context value={data}>{children}</Context>;
}

/** How far the mirror is complete; undefined while loading. */
export const useMirror = (): MirrorQuery | undefined => useContext(Context);

/** Returns the instant up to which all marketplaces that a run has completed are known; null if none has. */
export function dataAsOf({ connection }: MirrorQuery): string | null {
  const known = connection?.marketplaces.flatMap(({ provenUntil }) => provenUntil ?? []) ?? [];
  return known.sort()[0] ?? null;
}
