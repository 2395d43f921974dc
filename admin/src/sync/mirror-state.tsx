import { useEffect } from 'react';
import { useQuery } from 'urql';
import { MirrorDocument, type MirrorQuery } from '../generated/operations.js';
import { Ago } from '../ui/time.js';

const LATE_MS = 3_000;

/** What the mirror holds, and when the schedule goes on. Asked for again when a run starts or ends. */
export function useMirror(of: string): MirrorQuery | undefined {
  const [{ data }, ask] = useQuery({ query: MirrorDocument });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when `of` changes, that is all it is for
  useEffect(() => ask({ requestPolicy: 'network-only' }), [of, ask]);
  const next = data?.connection?.nextSyncAt ?? data?.connection?.nextProbeAt;
  useEffect(() => {
    if (!next) return;
    const timer = setTimeout(
      () => ask({ requestPolicy: 'network-only' }),
      Math.min(2 ** 31 - 1, Math.max(LATE_MS, Date.parse(next) - Date.now() + LATE_MS)),
    );
    return () => clearTimeout(timer);
  }, [next, ask]);
  return data;
}

/** In two facts: as of when the mirror is complete, and when the schedule starts the next run. */
export function MirrorState({ mirror }: { readonly mirror: MirrorQuery }) {
  const { connection } = mirror;
  if (!connection) return <>No Amazon account is connected yet.</>;
  const proven = connection.marketplaces.map(({ provenUntil }) => provenUntil);
  const [oldest] = proven.filter((at) => at !== null).sort();
  return (
    <>
      {oldest === undefined ? (
        'Nothing is mirrored yet'
      ) : (
        <>
          {proven.includes(null) ? 'Some marketplaces are complete' : 'Complete'} up to <Ago at={oldest} />
        </>
      )}
      {' · '}
      {connection.nextSyncAt ? (
        <>
          next run by schedule <Ago at={connection.nextSyncAt} />
        </>
      ) : connection.nextProbeAt ? (
        <>
          no run by schedule until the connection works again, next test <Ago at={connection.nextProbeAt} />
        </>
      ) : (
        noSchedule(connection)
      )}
    </>
  );
}

function noSchedule({ hasRefreshToken, status }: NonNullable<MirrorQuery['connection']>): string {
  if (!hasRefreshToken) return 'no run by schedule: there is no credential';
  if (status === 'ERROR') return 'no run by schedule until the connection is mended';
  if (status === 'DISCONNECTED') return 'no run by schedule: the connection is switched off';
  return 'no run by schedule: it is off (SYNC_CRON)';
}
