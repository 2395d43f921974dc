import type { Plugin } from 'graphql-yoga';
import type { Accounts } from '../../accounts/accounts.js';
import { UserError } from '../../core/errors.js';
import type { Requester } from '../../graphql/context.js';

/** Authenticates each HTTP request before its parameters are read: limits depend on it. */
export function useAuthentication(accounts: Accounts): Plugin<object, Requester> {
  return {
    onParams: async ({ request, context }) => {
      Object.assign(context, await authenticate(accounts, request.headers.get('authorization')));
    },
  };
}

/**
 * Returns who sent an `Authorization` header. An invalid token is returned as `authError`, not thrown: public fields, such
 * as `login`, still work; others fail with it.
 */
export async function authenticate(
  accounts: Accounts,
  authorization: string | null | undefined,
): Promise<Pick<Requester, 'principal' | 'authError'>> {
  try {
    return { principal: await accounts.authenticate(authorization), authError: null };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { principal: null, authError: error };
  }
}
