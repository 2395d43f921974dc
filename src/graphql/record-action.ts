import type { AuditDetail } from '../accounts/audit-log.js';
import { nameOf } from '../accounts/principal.js';
import { principalOf } from './access.js';
import type { GraphQLContext } from './context.js';

/** Writes to the audit log. A failure is logged only: the action is done and the caller gets its result. */
export async function recordAction(
  { audit, logger, ...requester }: GraphQLContext,
  action: string,
  detail: AuditDetail,
) {
  const principal = principalOf(requester);
  await audit.record(action, principal, detail).catch((err: unknown) => {
    logger.error({ err, action, by: nameOf(principal), detail }, 'An action could not be written to the audit log.');
  });
}
