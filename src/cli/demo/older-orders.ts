import { setTimeout as sleep } from 'node:timers/promises';
import * as screen from '../terminal.js';
import type { ApiClient } from './api-client.js';

interface History {
  readonly complete: boolean;
  readonly windowList: readonly { readonly state: screen.WindowState; readonly orders: number | null }[];
  readonly run: { readonly id: string; readonly status: string; readonly error: string | null };
}

const POLL_MS = 50;
const MAX_WAIT_MS = 10_000;

/**
 * Follows the run that reads older orders, which the server starts by itself after the first sync.
 * @throws {Error} if it does not start, or ends without all of them
 */
export async function followHistory(api: ApiClient): Promise<void> {
  const { run } = await firstHistory(api);
  let history: History | null = null;
  for await (const _ of api.subscribe(`subscription ($id: ID) { syncProgress(runId: $id) { status } }`, {
    id: run.id,
  })) {
    history = await readHistory(api);
    if (history) screen.windows(history.windowList);
  }
  screen.endProgress();
  if (!history?.complete) throw new Error(`The history ended with ${history?.run.status}: ${history?.run.error}`);
}

async function firstHistory(api: ApiClient): Promise<History> {
  for (let waitedMs = 0; waitedMs < MAX_WAIT_MS; waitedMs += POLL_MS) {
    const history = await readHistory(api);
    if (history) return history;
    await sleep(POLL_MS);
  }
  throw new Error('The history did not start after the first sync.');
}

async function readHistory(api: ApiClient): Promise<History | null> {
  const { history } = await api.request<{ history: History | null }>(
    `{ history { complete windowList { state orders } run { id status error } } }`,
  );
  return history;
}
