import { placeOf } from '../../database/driver/postgres-settings.js';
import { ReplicaReader } from '../../database/reader.js';
import type { Driver } from '../../database/sql.js';
import { type Finding, right, wrong, wrongBy } from './finding.js';

/** Checks that the replica follows the primary, and that it has all that the primary has. */
export async function checkReplica(primary: Driver, url: string): Promise<Finding> {
  const { server } = placeOf({ url });
  let lost: unknown;
  try {
    const reader = await ReplicaReader.open(primary, url, { onTrouble: (_message, error) => (lost = error) });
    try {
      const [row] = await reader.query<{ feedback: string }>(
        `SELECT current_setting('hot_standby_feedback') AS feedback`,
      );
      if (reader.reads.replica > 0)
        return right(
          row?.feedback === 'on'
            ? server
            : `${server}; set hot_standby_feedback = on there, so that vacuum does not cut long files`,
        );
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
