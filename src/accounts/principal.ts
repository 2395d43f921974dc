import type { ApiKey, User, UserRole } from '../generated/prisma/client.js';

export type { UserRole };

/** A user who is signed in. */
export interface Session {
  readonly kind: 'session';
  /** Kept by renewed tokens. */
  readonly id: string;
  readonly user: User;
  /** The user's. */
  readonly role: UserRole;
  readonly expiresAt: Date;
  /** When the user signed in with the password. */
  readonly signedInAt: Date;
}

/** A program with an API key. */
export interface ApiKeyAccess {
  readonly kind: 'apiKey';
  readonly apiKey: Omit<ApiKey, 'secretHash'>;
  /** The key's. */
  readonly role: UserRole;
  /** Null: the key does not expire. */
  readonly expiresAt: Date | null;
}

/** Who makes a request, once authenticated: a user with a session or a program with an API key. */
export type Principal = Session | ApiKeyAccess;

/** Names a principal in error texts: `jo@example.com`, `the API key om_1a2b3c…`. */
export function nameOf(principal: Principal): string {
  return principal.kind === 'session' ? principal.user.email : `the API key ${principal.apiKey.prefix}…`;
}
