import { useEffect } from 'react';
import { useLiveQuery } from '../api/use-live-query.js';
import { MirrorDocument, type MirrorQuery } from '../generated/operations.js';
import { RelativeTime } from '../ui/time.js';

/** How long after a planned run or test the server is queried for its outcome. */
const DELAY_MS = 3_000;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Queries how far the mirror is complete and when the next run is due; again at that time and when `version` changes. */
export function useMirror(version: string): MirrorQuery | undefined {
  const [{ data }, refetch] = useLiveQuery({ query: MirrorDocument }, version);
  const next = data?.connection?.nextSyncAt ?? data?.connection?.nextProbeAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `refetch` is new in each render
  useEffect(() => {
    if (!next) return;
    const wait = Math.max(0, Date.parse(next) - Date.now()) + DELAY_MS;
    const timer = setTimeout(refetch, Math.min(MAX_TIMEOUT_MS, wait));
    return () => clearTimeout(timer);
  }, [next]);
  return data;
}

export function MirrorState({ mirror: { connection } }: { readonly mirror: MirrorQuery }) {
  if (!connection) return <>No Amazon account connected.</>;
  const proven = connection.marketplaces.map(({ provenUntil }) => provenUntil);
  const [oldest] = proven.filter((at) => at !== null).sort();
  return (
    <>
      {oldest === undefined ? (
        'Nothing mirrored yet'
      ) : (
        <>
          {proven.includes(null) ? 'Some marketplaces complete' : 'Complete'} up to <RelativeTime at={oldest} />
        </>
      )}
      {' · '}
      {connection.nextSyncAt ? (
        <>
          next scheduled run <RelativeTime at={connection.nextSyncAt} />
        </>
      ) : connection.nextProbeAt ? (
        <>
          scheduled runs paused until a connection test succeeds, next test <RelativeTime at={connection.nextProbeAt} />
        </>
      ) : (
        noScheduleReason(connection)
      )}
    </>
  );
}

function noScheduleReason({ hasRefreshToken, status }: NonNullable<MirrorQuery['connection']>): string {
  if (!hasRefreshToken) return 'no scheduled runs: no credential saved';
  if (status === 'DISCONNECTED') return 'no scheduled runs: the connection is disabled';
  return 'no scheduled runs: SYNC_CRON is off';
}
