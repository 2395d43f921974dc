import { setTimeout as sleep } from 'node:timers/promises';
import { placeOf } from '../../database/driver/postgres-settings.js';
import { ReplicaReader } from '../../database/reader.js';
import type { Driver } from '../../database/sql.js';
import { type Finding, right, wrong, wrongBy } from './finding.js';

/** A replica that has just been behind is given this time. */
const MAX_TRIES = 5;
const PAUSE_MS = 1_000;

/** Checks that the replica follows the primary, and that it has all that the primary has. */
export async function checkReplica(primary: Driver, url: string): Promise<Finding> {
  const { server } = placeOf({ url });
  let lost: unknown;
  try {
    const reader = await ReplicaReader.open(primary, url, { onTrouble: (_message, error) => (lost = error) });
    try {
      for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
        const [row] = await reader.query<{ feedback: string }>(
          `SELECT current_setting('hot_standby_feedback') AS feedback`,
        );
        const advice =
          row?.feedback === 'on' ? '' : '; set hot_standby_feedback = on there, so that vacuum does not cut long files';
        if (reader.reads.replica > 0) return right(server + advice);
        if (lost !== undefined) break;
        await sleep(PAUSE_MS);
      }
    } finally {
      await reader.close();
    }
  } catch (error) {
    return wrongBy(error);
  }
  if (lost === undefined)
    return wrong(
      `${server} has not replayed all that the primary has, from which lists are read meanwhile. Look at pg_stat_replication on the primary and at the log of the replica.`,
    );
  const message = lost instanceof Error ? lost.message.split('\n')[0] : String(lost);
  return wrong(`${server} can't be used: ${message}. Lists are read from the primary meanwhile. Check that it runs.`);
}
