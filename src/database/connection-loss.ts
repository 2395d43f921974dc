/**
 * SQLSTATEs of a server that is going or not yet there (classes 08 and 57P), and of a session that PostgreSQL cut because
 * its process stalled in a transaction (25P03, 25P04).
 */
const STATES = /^(08|57P|25P0[34])/;
/** Prisma's codes for a server that can't be reached, doesn't answer, or closed the connection. */
const PRISMA = new Set(['P1001', 'P1002', 'P1008', 'P1017']);
const NETWORK = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** pg's own words, which carry no code. */
const WORDS =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error/i;

/** Whether the database was lost, so that the same work can succeed once it is back. */
export function isConnectionLoss(error: unknown): boolean {
  return isSomewhere(error, (code, words) => {
    return STATES.test(code) || NETWORK.has(code) || PRISMA.has(code) || WORDS.test(words);
  });
}

/**
 * SQLSTATEs of what was undone for others' sake (class 40: a deadlock, a conflict), and of what there was no room, lock or
 * time for (53300, 55P03, 57014), and of writes while a failover has not come to its end (25006: read-only).
 */
const PASSING = /^(40|25006|53300|55P03|57014)/;

/** Whether the database refused in a way that may pass: the same work can succeed when it is tried again. */
export function mayPass(error: unknown): boolean {
  return isSomewhere(error, (code) => PASSING.test(code));
}

/** Whether it is so of the error or of one of its causes. */
function isSomewhere(error: unknown, isSo: (code: string, words: string) => boolean): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return isSo(typeof code === 'string' ? code : '', error.message) || isSomewhere(error.cause, isSo);
}
