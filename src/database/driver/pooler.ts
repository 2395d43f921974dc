import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Connector } from './connector.js';
import type { QueryWithTimeout } from './postgres-settings.js';

/** How the sessions of clients relate to those of PostgreSQL. */
export interface Pooling {
  /**
   * `none`: a client has a session of PostgreSQL. `transaction`: a pooler gives each transaction any session. `session`: a
   * pooler that gives each client its own, or one in transaction mode that had so many idle ones that it looked like that.
   */
  readonly mode: 'none' | 'session' | 'transaction';
  /** Whether the pooler brought a prepared statement to another session than its own. */
  readonly carriesStatements: boolean;
}

const ROUNDS = 3;
/** A pooler with a single session lets the first client wait while the second one has it. */
const TRIAL_TIMEOUT_MS = 2_000;
const UNKNOWN_STATEMENT = '26000';

/** The number of its session that a client got when it connected; poolers make one up. pg's types lack it. */
type TrialClient = pg.Client & { readonly processID: number | null };

/**
 * Finds out how sessions are pooled at an address, by asking one client for its session while another one is in a transaction.
 * @throws what pg throws
 */
export async function findPooling({ Client, settings, connectTimeoutMs }: Connector): Promise<Pooling> {
  const limited = { ...settings, query_timeout: connectTimeoutMs };
  const [one, other] = [new Client(limited) as TrialClient, new Client(limited) as TrialClient];
  const end = () => Promise.all([one.end(), other.end()]);
  try {
    for (const client of [one, other]) {
      client.on('error', () => {}); // Its query fails.
      await client.connect();
    }
    const pooling = await compareSessions(one, other);
    await end();
    return pooling;
  } catch (error) {
    end().catch(() => {});
    throw error;
  }
}

async function compareSessions(one: TrialClient, other: TrialClient): Promise<Pooling> {
  const name = `ordermirror_trial_${randomBytes(6).toString('hex')}`;
  const text = 'SELECT pg_backend_pid() AS session';
  const ask = async (client: pg.Client, statement: pg.QueryConfig | QueryWithTimeout) =>
    (await client.query<{ session: number }>(statement)).rows[0]?.session;
  let isOwn = true;
  for (let round = 0; round < ROUNDS; round += 1) {
    const first = await ask(one, { text, name }).catch(nullIfUnknown);
    await other.query('BEGIN');
    const held = await ask(other, { text });
    const again =
      held === first
        ? await ask(one, { text, name, query_timeout: TRIAL_TIMEOUT_MS }).catch(() => null)
        : await ask(one, { text, name }).catch(nullIfUnknown);
    await other.query('ROLLBACK');
    if (held === first || again !== first || again === null)
      return { mode: 'transaction', carriesStatements: first !== null && again !== null };
    isOwn &&= one.processID === first && other.processID === held;
  }
  return { mode: isOwn ? 'none' : 'session', carriesStatements: false };
}

/** Returns null for a prepared statement that is unknown to the session. */
function nullIfUnknown(error: unknown): null {
  if ((error as { code?: unknown }).code === UNKNOWN_STATEMENT) return null;
  throw error;
}
