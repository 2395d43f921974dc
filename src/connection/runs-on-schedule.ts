import type { ConnectionStatus } from './connection.js';

/** Whether the schedule may start runs: not without a credential, nor while the owner has something to mend or say. */
export function runsOnSchedule({
  status,
  credential,
}: {
  status: ConnectionStatus;
  credential: object | null;
}): boolean {
  return credential !== null && (status === 'PENDING' || status === 'ACTIVE');
}
