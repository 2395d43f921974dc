import { EXPIRED_CLIENT_ID, REVOKED_REFRESH_TOKEN } from './api/login.js';
import { parseFlags, USAGE } from './flags.js';
import { type Simulator, startSimulator } from './simulator.js';

try {
  const options = parseFlags(process.argv.slice(2));
  if (options === undefined) {
    console.log(USAGE);
  } else {
    const simulator = await startSimulator(options);
    printUsage(simulator);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        simulator.close().catch(fail);
      });
    }
  }
} catch (error) {
  fail(error);
}

function printUsage({ url, book, marketplaceIds, usagePlans }: Simulator): void {
  const { rate, burst } = usagePlans.get('searchOrders');
  console.log(`SP-API simulator at ${url}, with ${book.size} orders in ${marketplaceIds.join(', ')}.

Point Ordermirror at it:
  SP_API_ENDPOINT=${url} LWA_ENDPOINT=${url} npm start

Any client id, client secret and refresh token is accepted, except for two:
  refresh token ${REVOKED_REFRESH_TOKEN}   answers invalid_grant
  client id ${EXPIRED_CLIENT_ID}            answers invalid_client

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
