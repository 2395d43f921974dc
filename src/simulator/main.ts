import { EXPIRED_CLIENT_ID, REVOKED_REFRESH_TOKEN } from './api/login.js';
import type { FlagValues } from './flag-list.js';
import { parseFlags } from './flags.js';
import { changeRegularly } from './live-changes.js';
import { SELLER_ID } from './notifications/notifications.js';
import { type Simulator, startSimulator } from './simulator.js';

/** `ordermirror simulator`: runs the simulator until a signal ends it. A failure prints one line, and sets exit code 1. */
export async function runSimulator(values: FlagValues): Promise<void> {
  try {
    const flags = parseFlags(values);
    const simulator = await startSimulator(flags);
    printUsage(simulator);
    if (flags.changesMs !== undefined) changeRegularly(simulator, flags.changesMs, (line) => console.log(line));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        simulator.close().catch(fail);
      });
    }
  } catch (error) {
    fail(error);
  }
}

function printUsage({ url, book, marketplaceIds, usagePlans, queueUrl, queues }: Simulator): void {
  const { rate, burst } = usagePlans.get('searchOrders');
  console.log(`SP-API simulator at ${url}, with ${book.size} orders in ${marketplaceIds.join(', ')}.

Point Ordermirror at it:
  SP_API_ENDPOINT=${url} LWA_ENDPOINT=${url} npm start

Any client id, client secret and refresh token is accepted, except for two:
  refresh token ${REVOKED_REFRESH_TOKEN}   answers invalid_grant
  client id ${EXPIRED_CLIENT_ID}            answers invalid_client

With notifications (ORDER_CHANGE of the seller ${SELLER_ID}), whose queue has the ARN ${queues.get().arn}:
  NOTIFICATIONS_QUEUE_URL=${queueUrl} AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any

searchOrders: ${rate} requests a second, ${burst} at once. Ctrl-C ends it.`);
}

/** One line, and exit code 1. */
function fail(error: unknown): void {
  const { code, message } = error as NodeJS.ErrnoException;
  const isTaken = code === 'EADDRINUSE';
  const [line] = (isTaken ? 'the port is in use; choose another one with --port' : message).split('\n');
  console.error(`simulator: ${line}`);
  process.exitCode = 1;
}
