import { SyncError } from '../errors.js';
import type { Participation } from '../spapi/sellers.js';
import type { SpApi } from '../spapi/spapi.js';

/** Somebody waits for the answer: longer than this, and it is the answer that there is none. */
export const PING_TIMEOUT_MS = 30_000;

/**
 * Where the seller takes part, if Amazon says so in time.
 * @throws {SyncError} also SP_API_UNAVAILABLE when the time is up, with until when the quota is used up if that is why
 * @throws the signal's reason when it is aborted
 */
export async function askParticipations(
  spapi: SpApi,
  timeoutMs: number,
  closing: AbortSignal,
): Promise<Participation[]> {
  const timeout = AbortSignal.timeout(timeoutMs);
  let waitsUntil: Date | null = null;
  try {
    return await spapi.sellers.getMarketplaceParticipations({
      signal: AbortSignal.any([timeout, closing]),
      onRequest: () => {},
      onWait: (until) => {
        // Aborting ends the wait too.
        if (!timeout.aborted) waitsUntil = until;
      },
    });
  } catch (error) {
    if (!timeout.aborted || closing.aborted || error instanceof SyncError) throw error;
    throw new SyncError('SP_API_UNAVAILABLE', timedOut(timeoutMs, waitsUntil), { cause: error });
  }
}

function timedOut(timeoutMs: number, waitsUntil: Date | null): string {
  if (waitsUntil === null) return `Amazon did not answer within ${timeoutMs / 1000} s. Try again in a few minutes.`;
  const until = waitsUntil.toISOString().replace(/\.\d+Z$/, 'Z');
  return `No request to Amazon is possible before ${until}: its quota for this call is used up, or it failed just now. Try again then.`;
}
