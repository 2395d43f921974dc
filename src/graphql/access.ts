import { nameOf, type Principal, type Session } from '../accounts/principal.js';
import { UserError } from '../core/errors.js';
import type { Requester } from './context.js';

/** Types of nodes that only owners read. */
const TYPES_OF_OWNERS: ReadonlySet<string> = new Set([
  ...['ApiKey', 'AuditEntry', 'RejectedOrder', 'SpApiCall', 'Webhook', 'WebhookDelivery'],
]);
/** Types of nodes that API keys do not read, like the lists of them. */
const TYPES_OF_PEOPLE: ReadonlySet<string> = new Set(['ApiKey', 'User', 'Webhook', 'WebhookDelivery']);

/** Authorization rules that fields refer to. */
export interface AuthScopes {
  /** A session or an API key. */
  signedIn: boolean;
  /** The same, with the role OWNER. Fields that API keys may not use call `sessionOf` in addition. */
  owner: boolean;
}

export function authScopes({ principal }: Requester): AuthScopes {
  return { signedIn: principal !== null, owner: principal?.role === 'OWNER' };
}

/** Returns FORBIDDEN for a session or key; else UNAUTHENTICATED, with the reason if a token was sent and is invalid. */
export function accessError({ principal, authError }: Requester, field: string): UserError {
  if (principal) {
    return new UserError('FORBIDDEN', `${field} requires the role OWNER; ${nameOf(principal)} is a ${principal.role}.`);
  }
  if (authError) return authError;
  return new UserError(
    'UNAUTHENTICATED',
    `${field} requires a session or an API key. Send the token from \`login\` or the key in the header: Authorization: Bearer TOKEN.`,
  );
}

/** Returns who makes the request; for fields whose rule requires a session or a key. */
export function principalOf({ principal, authError }: Requester): Principal {
  if (!principal) throw authError ?? new UserError('UNAUTHENTICATED', 'Sign in first.');
  return principal;
}

/**
 * Returns the session; for fields that API keys may not use, whatever their role: those of users, keys, webhooks and the credential.
 * @throws {UserError} FORBIDDEN for an API key
 */
export function sessionOf(requester: Requester): Session {
  const principal = principalOf(requester);
  if (principal.kind === 'session') return principal;
  throw new UserError(
    'FORBIDDEN',
    'This requires a session: API keys manage neither users, keys, webhooks nor the credential. Sign in with `login`.',
  );
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
  for (const { typename, id } of ids) {
    if (TYPES_OF_PEOPLE.has(typename)) sessionOf(requester);
    if (!mayRead(requester, typename, id)) throw accessError(requester, `This ${typename}`);
  }
}

function mayRead({ principal }: Requester, typename: string, id: string): boolean {
  if (principal?.role === 'OWNER') return true;
  if (typename === 'User') return principal?.kind === 'session' && String(principal.user.id) === id;
  return !TYPES_OF_OWNERS.has(typename);
}
