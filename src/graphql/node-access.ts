import { refuse } from './access.js';
import type { Requester } from './context.js';

export interface NodeId {
  readonly typename: string;
  readonly id: string;
}

/**
 * `node` and `nodes` don't even tell that a node is there to who may not read it. The rules of the types' fields hold
 * besides.
 * @throws {UserError} FORBIDDEN
 */
export function checkNodeAccess(requester: Requester, ids: readonly NodeId[]): void {
  for (const { typename, id } of ids) {
    if (!mayRead(requester, typename, id)) throw refuse(requester, `This ${typename}`);
  }
}

function mayRead({ session }: Requester, typename: string, id: string): boolean {
  if (session?.user.role === 'OWNER') return true;
  if (typename === 'User') return String(session?.user.id) === id;
  return typename !== 'AuditEntry' && typename !== 'RejectedOrder';
}
