import type { Accounts } from '../accounts/accounts.js';
import { Refusal } from '../errors.js';
import type { Requester } from '../graphql/context.js';

/**
 * Who an `Authorization` header says that they are. A bad one is no answer yet: what is for everybody, signing in above
 * all, is open to whoever still sends it.
 */
export async function identify(
  accounts: Accounts,
  authorization: string | null | undefined,
): Promise<Pick<Requester, 'session' | 'refusal'>> {
  try {
    return { session: await accounts.authenticate(authorization), refusal: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { session: null, refusal: error };
  }
}
