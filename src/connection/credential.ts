import type { AuditLog } from '../accounts/audit-log.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import type { User } from '../generated/prisma/client.js';
import type { SaveCredentialInput } from './connection.js';
import { checkedLwaText, checkedRefreshToken, checkedWords } from './credential-input.js';
import { type LwaClient, placeOf, secretFrom } from './open-credential.js';
import type { Sealer } from './sealing.js';

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly lwa: LwaClient;
}

/** Seals and keeps it; what the last check said of the one before counts no more. */
export async function saveCredential(context: Context, actor: User, input: SaveCredentialInput): Promise<void> {
  const { sealer, lwa } = context;
  const refreshToken = checkedRefreshToken(input.refreshToken);
  const clientId = checkedLwaText('lwaClientId', input.lwaClientId);
  const clientSecret = checkedLwaText('lwaClientSecret', input.lwaClientSecret);
  const note = checkedWords('note', input.note, 500);

  await context.database.transaction(async (sql) => {
    const connectionId = await forgetCheck(sql);
    const [before] = await sql.query<Application>(
      'SELECT lwa_client_id AS "clientId", lwa_client_secret_sealed AS "sealedSecret", note FROM amazon_credential',
    );
    const sealedSecret = clientSecret && sealer.seal(clientSecret, placeOf.clientSecret(connectionId));
    const after = withIdOfSecret(applicationAfter(before ?? nothing, { clientId, sealedSecret, note }), lwa);
    refuseWithoutSecret(after, lwa);
    await sql.query(
      `INSERT INTO amazon_credential (connection_id, refresh_token_sealed, lwa_client_id, lwa_client_secret_sealed, note)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (connection_id) DO UPDATE SET
         refresh_token_sealed = excluded.refresh_token_sealed, lwa_client_id = excluded.lwa_client_id,
         lwa_client_secret_sealed = excluded.lwa_client_secret_sealed, note = excluded.note, updated_at = now()`,
      [
        connectionId,
        sealer.seal(refreshToken, placeOf.refreshToken(connectionId)),
        after.clientId,
        after.sealedSecret,
        after.note,
      ],
    );
    const detail = { lwaClientId: after.clientId, clientSecretGiven: Boolean(clientSecret) };
    await context.audit.record('saveCredential', actor, detail, sql);
  });
}

/**
 * Takes the credential out: it is gone, not only unused. A run that is created in the same instant ends in words.
 * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL; SYNC_ALREADY_RUNNING (with `runId`) while a run needs it
 */
export async function removeCredential(
  { database, audit }: Pick<Context, 'database' | 'audit'>,
  actor: User,
): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query('LOCK TABLE sync_run IN SHARE ROW EXCLUSIVE MODE');
    const [run] = await sql.query<{ id: bigint }>("SELECT id FROM sync_run WHERE status = 'RUNNING'");
    if (run) {
      throw new UserError(
        'SYNC_ALREADY_RUNNING',
        'A run is using the credential. Cancel it (cancelSync) or wait for its end, then remove the credential.',
        { runId: run.id },
      );
    }
    await forgetCheck(sql);
    const removed = await sql.query('DELETE FROM amazon_credential RETURNING id');
    if (removed.length === 0) throw new UserError('NO_CREDENTIAL', 'There is no credential to remove.');
    await audit.record('removeCredential', actor, {}, sql);
  });
}

interface Application {
  readonly clientId: string | null;
  readonly sealedSecret: string | null;
  readonly note: string | null;
}

const nothing: Application = { clientId: null, sealedSecret: null, note: null };

/** What isn't given stays, but a secret doesn't go over to another client id. */
function applicationAfter(
  before: Application,
  given: { readonly [field in keyof Application]: string | null | undefined },
): Application {
  const clientId = given.clientId === undefined ? before.clientId : given.clientId;
  const keptSecret = clientId === before.clientId ? before.sealedSecret : null;
  return {
    clientId,
    sealedSecret: given.sealedSecret === undefined ? keptSecret : given.sealedSecret,
    note: given.note === undefined ? before.note : given.note,
  };
}

/**
 * A secret alone is that of the environment's client id, which is kept with it: another id there later has another secret.
 * @throws {UserError} BAD_USER_INPUT where there is no client id
 */
function withIdOfSecret(application: Application, lwa: LwaClient): Application {
  if (application.sealedSecret === null || application.clientId !== null) return application;
  if (lwa.clientId !== null) return { ...application, clientId: lwa.clientId };
  throw new UserError(
    'BAD_USER_INPUT',
    'The client secret would be without its client id: none is saved with it, and the environment has none. Nothing was changed. Send lwaClientId too.',
  );
}

function refuseWithoutSecret({ clientId, sealedSecret }: Application, lwa: LwaClient): void {
  if (clientId === null || sealedSecret !== null || secretFrom(lwa, clientId) !== null) return;
  throw new UserError(
    'BAD_USER_INPUT',
    'The client id would be without its client secret: none is saved with it, and the environment has none for it. Nothing was changed. Send lwaClientSecret too; or both lwaClientId and lwaClientSecret empty, to use LWA_CLIENT_ID and LWA_CLIENT_SECRET.',
  );
}

/** Locks the connection's row too, so that of two saves at once the second starts from what the first one left. */
async function forgetCheck(sql: Sql): Promise<bigint> {
  const [connection] = await sql.query<{ id: bigint }>(
    `UPDATE amazon_connection SET
       status = CASE WHEN status = 'DISCONNECTED' THEN status ELSE 'PENDING' END,
       last_check_at = NULL, last_check_ok = NULL, last_check_error = NULL, last_check_error_code = NULL,
       updated_at = now()
     RETURNING id`,
  );
  if (connection) return connection.id;
  throw new UserError(
    'NO_CONNECTION',
    'There is no connection yet. Save it first (saveConnection, with its region), then the credential.',
  );
}
