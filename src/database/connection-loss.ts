/**
 * SQLSTATEs of a server that is going or not yet there (classes 08 and 57P), and of a session that PostgreSQL cut because
 * its process stalled in a transaction (25P03, 25P04).
 */
const STATES = /^(08|57P|25P0[34])/;
const NETWORK = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);
/** pg's own words, which carry no code. */
const WORDS =
  /connection terminated|connection timeout|timeout exceeded when trying to connect|query read timeout|client has encountered a connection error/i;

/** Whether the database was lost, so that the same work can succeed once it is back. */
export function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'string' && (STATES.test(code) || NETWORK.has(code))) return true;
  return WORDS.test(error.message) || isConnectionLoss(error.cause);
}
