import type { Accounts } from '../../accounts/accounts.js';
import type { CallerOf } from './caller.js';
import { type Handler, sendJson } from './respond.js';

/** What the admin page asks before anybody is signed in: whether `register` is open, and asks this caller for the setup code. */
export function createFirstRun(accounts: Accounts, callerOf: CallerOf): Handler {
  return async (request, response) =>
    sendJson(response, 200, {
      ownerExists: !(await accounts.needsOwner()),
      setupCodeNeeded: accounts.asksForSetupCode(callerOf(request)),
    });
}
