import type { Accounts } from '../../accounts/accounts.js';
import { type CallerOf, isLoopback } from './caller.js';
import { type Handler, sendJson } from './respond.js';

/** Serves what the admin page needs before sign-in: whether an owner exists and whether `register` needs the setup code. */
export function createFirstRun(accounts: Accounts, callerOf: CallerOf): Handler {
  return async (request, response) =>
    sendJson(response, 200, {
      ownerExists: !(await accounts.needsOwner()),
      setupCodeNeeded: accounts.asksForSetupCode(callerOf(request)),
    });
}

/** Returns the log line of a server without an owner: how to register. */
export function howToRegister(url: string, host: string, setupCode: string): string {
  const text = `There is no owner yet. Open ${url}/admin in a browser, or send the mutation \`register\` to ${url}/graphql`;
  if (!isLoopback(host)) return `${text}, with the setup code ${setupCode}.`;
  return `${text} (setup code ${setupCode}; not required on this machine).`;
}
