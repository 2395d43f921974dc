import type { Accounts } from '../accounts/accounts.js';
import { UserError } from '../core/errors.js';
import type { Requester } from '../graphql/context.js';

/**
 * The session of an `Authorization` header. An invalid one is not refused here: fields for everybody, `login` above all,
 * are answered all the same, and others are refused with the reason.
 */
export async function identify(
  accounts: Accounts,
  authorization: string | null | undefined,
): Promise<Pick<Requester, 'session' | 'refusal'>> {
  try {
    return { session: await accounts.authenticate(authorization), refusal: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { session: null, refusal: error };
  }
}
