import type { MirrorQuery } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';
import { RelativeTime } from '../ui/time.js';
import { dataAsOf } from './mirror.js';

/** How far the mirror is complete, and when the next run is due. */
export function MirrorState({ mirror }: { readonly mirror: MirrorQuery }) {
  const { connection } = mirror;
  if (!connection) return <>No Amazon account connected.</>;
  return (
    <>
      <Completeness mirror={mirror} />
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

function Completeness({ mirror }: { readonly mirror: MirrorQuery }) {
  const asOf = dataAsOf(mirror);
  const { totalCount } = mirror.orders;
  if (asOf === null)
    return totalCount === 0
      ? 'Nothing mirrored yet'
      : `${formatCount(totalCount)} orders mirrored, no run complete yet`;
  const isPart = mirror.connection?.marketplaces.some(({ provenUntil }) => provenUntil === null);
  return (
    <>
      {isPart ? 'Some marketplaces complete' : 'Complete'} up to <RelativeTime at={asOf} />
    </>
  );
}

function noScheduleReason({ hasRefreshToken, marketplaces, status }: NonNullable<MirrorQuery['connection']>): string {
  if (!hasRefreshToken) return 'no scheduled runs: no credential saved';
  if (marketplaces.length === 0) return 'no scheduled runs: no marketplaces chosen';
  if (status === 'DISCONNECTED') return 'no scheduled runs: the connection is disabled';
  return 'no scheduled runs: SYNC_CRON is off';
}
