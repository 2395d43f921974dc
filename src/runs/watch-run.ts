import type { SyncRun } from '../generated/prisma/client.js';
import type { RunFeed } from './run-feed.js';

/** The run as it is now, then again at each change, until it has ended or the signal is aborted. */
export async function* watchRun(feed: RunFeed, runId: bigint, signal: AbortSignal): AsyncGenerator<SyncRun, void> {
  const nudges = feed.nudges(runId, signal);
  try {
    do {
      const run = await feed.read(runId);
      yield run;
      if (run.status !== 'RUNNING') return;
    } while (await nudges.next());
  } finally {
    nudges.stop();
  }
}

/** The running run, or the next to start, and those after it, each until it has ended; ends with the signal only. */
export async function* watchRuns(feed: RunFeed, signal: AbortSignal): AsyncGenerator<SyncRun, void> {
  const nudges = feed.nudges(null, signal);
  try {
    let done = await feed.readLastEndedId();
    do {
      for (const id of await feed.readIdsAfter(done)) {
        for await (const run of watchRun(feed, id, signal)) yield run;
        if (signal.aborted) return;
        done = id;
      }
    } while (await nudges.next());
  } finally {
    nudges.stop();
  }
}
