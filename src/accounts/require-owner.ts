import { UserError } from '../core/errors.js';
import type { User } from '../generated/prisma/client.js';

/** @throws {UserError} FORBIDDEN */
export function requireOwner(actor: Pick<User, 'role'>): void {
  if (actor.role !== 'OWNER') throw new UserError('FORBIDDEN', 'Only an owner may do this.');
}
