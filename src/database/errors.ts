/**
 * SQLSTATEs of a server that shuts down or is not ready yet (classes 08 and 57P), and of a session that PostgreSQL ended
 * because its process stalled in a transaction (25P03, 25P04).
 */
const LOSS_STATES = /^(08|57P|25P0[34])/;
/** Prisma's codes for a server that can't be reached, doesn't answer, or closed the connection. */
const LOSS_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017']);
const NETWORK_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  // Of NoPrimaryError: during a fail-over.
  'NO_PRIMARY',
]);
/** Errors of pg that have no code. */
const LOSS_MESSAGES =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|query read timeout|timeout expired|client has encountered a connection error/i;
/**
 * SQLSTATEs of transactions that another one made fail (class 40: deadlock, conflict), of a lack of connections, locks or
 * time (53300, 55P03, 57014), and of writes before a failover is complete (25006: read-only).
 */
const TRANSIENT_STATES = /^(40|25006|53300|55P03|57014)/;
/**
 * SQLSTATEs that are about a server rather than the statement: a conflict with recovery (40), rights (42501), a lack of
 * resources (53), its state (55), its system (58) and damage (XX).
 */
const SERVER_STATES = /^(40|42501|53|55|58|XX)/;
const DISK_FULL = '53100';

/** Thrown before a write for which the disk has too little space. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  readonly code = DISK_FULL;
}

/** Whether the connection to the database was lost: the same work can succeed after a reconnect. */
export function isConnectionLoss(error: unknown): boolean {
  return someCause(
    error,
    (code, message) =>
      LOSS_STATES.test(code) || NETWORK_CODES.has(code) || LOSS_PRISMA_CODES.has(code) || LOSS_MESSAGES.test(message),
  );
}

/** Whether the database refused for a transient reason: the same work can succeed when it is retried. */
export function isTransient(error: unknown): boolean {
  return someCause(error, (code) => TRANSIENT_STATES.test(code));
}

/** Whether a read failed because of the server: the same one can succeed on another server. */
export function isServerFailure(error: unknown): boolean {
  return isConnectionLoss(error) || someCause(error, (code) => SERVER_STATES.test(code));
}

/** Whether a write, of PGlite or PostgreSQL, found the disk full. Its transaction was rolled back. */
export function isDiskFull(error: unknown): boolean {
  return someCause(error, (code) => code === DISK_FULL);
}

/** Whether the test holds for the error or one of its causes. */
function someCause(error: unknown, test: (code: string, message: string) => boolean): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return test(typeof code === 'string' ? code : '', error.message) || someCause(error.cause, test);
}
