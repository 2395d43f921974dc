import { UserError } from '../core/errors.js';
import type { Requester } from './context.js';

/** The rules that fields can name. */
export interface AuthScopes {
  signedIn: boolean;
  owner: boolean;
}

export function authScopes({ session }: Requester): AuthScopes {
  return { signedIn: session !== null, owner: session?.user.role === 'OWNER' };
}

/** Nobody is asked to sign in, or told what is wrong with their token; who is signed in, isn't allowed. */
export function refuse({ session, refusal }: Requester, field: string): UserError {
  if (session) {
    return new UserError('FORBIDDEN', `${field} is for an owner; ${session.user.email} is a ${session.user.role}.`);
  }
  if (refusal) return refusal;
  return new UserError(
    'UNAUTHENTICATED',
    `${field} is for who is signed in. Send the token that \`login\` gives: Authorization: Bearer TOKEN.`,
  );
}

/** The session where a rule has made sure that there is one. */
export function sessionOf({ session, refusal }: Requester): NonNullable<Requester['session']> {
  if (!session) throw refusal ?? new UserError('UNAUTHENTICATED', 'Sign in first.');
  return session;
}
