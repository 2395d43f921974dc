import { UserError } from '../core/errors.js';
import type { Requester } from './context.js';

/** Authorization rules that fields refer to. */
export interface AuthScopes {
  signedIn: boolean;
  owner: boolean;
}

export function authScopes({ session }: Requester): AuthScopes {
  return { signedIn: session !== null, owner: session?.user.role === 'OWNER' };
}

/** Returns FORBIDDEN for a signed-in user; else UNAUTHENTICATED, with the reason if a token was sent and is invalid. */
export function accessError({ session, authError }: Requester, field: string): UserError {
  if (session) {
    return new UserError(
      'FORBIDDEN',
      `${field} requires the role OWNER; ${session.user.email} is a ${session.user.role}.`,
    );
  }
  if (authError) return authError;
  return new UserError(
    'UNAUTHENTICATED',
    `${field} requires a session. Send the token from \`login\` in the header: Authorization: Bearer TOKEN.`,
  );
}

/** Returns the session; for fields whose rule requires one. */
export function sessionOf({ session, authError }: Requester): NonNullable<Requester['session']> {
  if (!session) throw authError ?? new UserError('UNAUTHENTICATED', 'Sign in first.');
  return session;
}

/**
 * Checks that the requester may read these nodes; the error does not reveal whether they exist. Rules of the types' fields
 * apply in addition.
 * @throws {UserError} FORBIDDEN or UNAUTHENTICATED
 */
export function checkNodeAccess(
  requester: Requester,
  ids: readonly { readonly typename: string; readonly id: string }[],
): void {
  for (const { typename, id } of ids)
    if (!mayRead(requester, typename, id)) throw accessError(requester, `This ${typename}`);
}

function mayRead({ session }: Requester, typename: string, id: string): boolean {
  if (session?.user.role === 'OWNER') return true;
  if (typename === 'User') return String(session?.user.id) === id;
  return typename !== 'AuditEntry' && typename !== 'RejectedOrder';
}
