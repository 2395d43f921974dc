import { Refusal } from '../core/errors.js';
import type { User } from '../generated/prisma/client.js';

/** @throws {Refusal} FORBIDDEN */
export function requireOwner(actor: Pick<User, 'role'>): void {
  if (actor.role !== 'OWNER') throw new Refusal('FORBIDDEN', 'Only an owner may do this.');
}
