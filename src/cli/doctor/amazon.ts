import type { Environment } from '../../config/environment.js';
import { systemClock } from '../../core/clock.js';
import { createClockCheck } from '../../core/clock-check.js';
import { SyncError } from '../../core/errors.js';
import { version } from '../../core/version.js';
import type { Driver } from '../../database/sql.js';
import { callWithin } from '../../spapi/http/call-within.js';
import { LWA_ENDPOINT, SP_API_ENDPOINTS } from '../../spapi/http/endpoints.js';
import { createBucketStore } from '../../spapi/http/rate-limit-store.js';
import { createSpApi } from '../../spapi/spapi.js';
import type { SavedAccount } from './database.js';
import { type Finding, right, skipped, wrong, wrongBy } from './finding.js';

const TIMEOUT_MS = 15_000;
const silent = { debug: () => {}, info: () => {}, warn: () => {} };

/** The base of Amazon's addresses; null while no region is known. */
function endpointOf(environment: Environment, account: SavedAccount | null): string | null {
  const region = account?.region ?? environment.SP_API_REGION;
  return environment.SP_API_ENDPOINT ?? (region ? SP_API_ENDPOINTS[region] : null);
}

/** Compares this machine's clock with the `Date` of an answer of Amazon's; any answer has it. */
export async function checkClock(environment: Environment, account: SavedAccount | null): Promise<Finding> {
  const endpoint = endpointOf(environment, account);
  if (endpoint === null) return skipped('The region is not known yet: it is saved with the connection.');
  const check = createClockCheck(systemClock, silent);
  const before = systemClock.now();
  try {
    const { headers } = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const date = headers.get('date');
    if (date === null) return skipped(`The answer of ${endpoint} has no date.`);
    check.compare('Amazon', new Date(date), before);
    const problem = check.problem();
    return problem === null ? right('agree within a minute') : wrong(problem);
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    return wrong(
      `${endpoint} can't be reached: ${reason}. Check the network, DNS, proxy and firewall of this machine.`,
    );
  }
}

/** Logs in with the credential, and asks for the seller's marketplaces. */
export async function checkAmazon(
  environment: Environment,
  driver: Driver,
  { region, marketplaceIds, credential }: SavedAccount,
): Promise<{ login: Finding; marketplaces: Finding | null }> {
  if (!credential) return { login: skipped('There is no credential that can be opened.'), marketplaces: null };
  let loggedIn = false;
  const spapi = createSpApi({
    endpoint: environment.SP_API_ENDPOINT ?? SP_API_ENDPOINTS[region],
    lwaEndpoint: environment.LWA_ENDPOINT ?? LWA_ENDPOINT,
    credential,
    usagePlans: createBucketStore(driver, systemClock),
    clock: systemClock,
    logger: silent,
    version,
    onCall: ({ operation, failed }) => {
      loggedIn ||= operation === 'token' && !failed;
    },
  });
  try {
    const participations = await callWithin({ ms: TIMEOUT_MS, clock: systemClock }, (watch) =>
      spapi.sellers.getMarketplaceParticipations(watch),
    );
    const taken = new Set(
      participations.filter((one) => one.isParticipating).map(({ marketplaceId }) => marketplaceId),
    );
    const foreign = marketplaceIds.filter((id) => !taken.has(id));
    const login = right('accepted the refresh token');
    if (foreign.length === 0)
      return { login, marketplaces: right(`${marketplaceIds.length} of the seller's ${taken.size}`) };
    const marketplaces = wrong(
      `The account doesn't sell in ${foreign.join(', ')}, of the connection's marketplaces. Remove them on the admin page, under Connection.`,
    );
    return { login, marketplaces };
  } catch (error) {
    if (!loggedIn || (error instanceof SyncError && error.code.startsWith('LWA_')))
      return { login: wrongBy(error), marketplaces: null };
    return { login: right('accepted the refresh token'), marketplaces: wrongBy(error) };
  } finally {
    spapi.close();
  }
}
