import type { AuditLog } from '../accounts/audit-log.js';
import type { Session } from '../accounts/principal.js';
import type { Clock } from '../core/clock.js';
import { UserError } from '../core/errors.js';
import type { Database, Sql } from '../database/database.js';
import { checkedLwaText, checkedRefreshToken, checkedText } from './check-input.js';
import { secretCreatedAt } from './credential-expiry.js';
import { type LwaClient, placeOf, secretFrom } from './sealed-credential.js';
import type { Sealer } from './sealing.js';
import type { RotateClientSecretInput, SaveCredentialInput } from './types.js';

interface Context {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly lwa: LwaClient;
  readonly clock: Clock;
}

/** Seals and saves the credential, and clears the result of the last check. */
export async function saveCredential(context: Context, actor: Session, input: SaveCredentialInput): Promise<void> {
  const { sealer, lwa, clock } = context;
  const refreshToken = checkedRefreshToken(input.refreshToken);
  const clientId = checkedLwaText('lwaClientId', input.lwaClientId);
  const clientSecret = checkedLwaText('lwaClientSecret', input.lwaClientSecret);
  const note = checkedText('note', input.note, 500);

  await context.database.transaction(async (sql) => {
    const connectionId = await clearCheck(sql);
    const [before] = await sql.query<Application & Dates>(
      `SELECT lwa_client_id AS "clientId", lwa_client_secret_sealed AS "sealedSecret", note,
              refresh_token_sealed AS "sealedToken", token_saved_at AS "tokenSavedAt", secret_saved_at AS "secretSavedAt"
         FROM amazon_credential`,
    );
    const sealedSecret = clientSecret && sealer.seal(clientSecret, placeOf.clientSecret(connectionId));
    const isSame = (place: string, sealed: string | null | undefined, text: string | null | undefined) =>
      sealed != null && text != null && opened(sealer, sealed, place) === text;
    const hasToken = isSame(placeOf.refreshToken(connectionId), before?.sealedToken, refreshToken);
    const hasSecret = isSame(placeOf.clientSecret(connectionId), before?.sealedSecret, clientSecret);
    const after = withIdOfSecret(applicationAfter(before ?? NONE, { clientId, sealedSecret, note }), lwa);
    assertSecret(after, lwa);
    await sql.query(
      `INSERT INTO amazon_credential AS c (connection_id, refresh_token_sealed, lwa_client_id, lwa_client_secret_sealed, note,
                                           token_saved_at, secret_saved_at, public_application)
       VALUES ($1, $2, $3, $4, $5, $6, $7, coalesce($8, false))
       ON CONFLICT (connection_id) DO UPDATE SET
         refresh_token_sealed = excluded.refresh_token_sealed, lwa_client_id = excluded.lwa_client_id,
         lwa_client_secret_sealed = excluded.lwa_client_secret_sealed, note = excluded.note, updated_at = now(),
         token_saved_at = excluded.token_saved_at, secret_saved_at = excluded.secret_saved_at,
         public_application = coalesce($8, c.public_application),
         token_warned_days = CASE WHEN c.token_saved_at = excluded.token_saved_at THEN c.token_warned_days END,
         secret_warned_days = CASE WHEN c.secret_saved_at = excluded.secret_saved_at THEN c.secret_warned_days END`,
      [
        connectionId,
        sealer.seal(refreshToken, placeOf.refreshToken(connectionId)),
        after.clientId,
        after.sealedSecret,
        after.note,
        hasToken ? (before?.tokenSavedAt ?? clock.now()) : clock.now(),
        secretSavedAt(after, before, hasSecret, clock.now()),
        input.publicApplication ?? null,
      ],
    );
    const detail = { lwaClientId: after.clientId, clientSecretGiven: Boolean(clientSecret) };
    await context.audit.record('saveCredential', actor, detail, sql);
  });
}

/** Replaces the client secret alone, and clears the result of the last check. */
export async function rotateClientSecret(
  { database, audit, sealer, lwa, clock }: Context,
  actor: Session,
  { lwaClientSecret, expiresAt }: RotateClientSecretInput,
): Promise<void> {
  const secret = checkedLwaText('lwaClientSecret', lwaClientSecret);
  if (!secret) throw new UserError('BAD_USER_INPUT', 'lwaClientSecret is empty. It begins with amzn1.oa2-cs.');
  if (expiresAt && expiresAt <= clock.now())
    throw new UserError(
      'BAD_USER_INPUT',
      'expiresAt is in the past. Enter when the new secret expires, or leave it out.',
    );
  await database.transaction(async (sql) => {
    const connectionId = await clearCheck(sql);
    const [before] = await sql.query<{ clientId: string | null }>(
      'SELECT lwa_client_id AS "clientId" FROM amazon_credential',
    );
    if (!before)
      throw new UserError('NO_CREDENTIAL', 'There is no credential yet. Save the whole credential (saveCredential).');
    const sealedSecret = sealer.seal(secret, placeOf.clientSecret(connectionId));
    const { clientId } = withIdOfSecret({ clientId: before.clientId, sealedSecret, note: null }, lwa);
    await sql.query(
      `UPDATE amazon_credential SET lwa_client_id = $1, lwa_client_secret_sealed = $2, secret_saved_at = $3,
              secret_warned_days = NULL, updated_at = now()`,
      [clientId, sealedSecret, expiresAt ? secretCreatedAt(expiresAt) : clock.now()],
    );
    await audit.record('rotateClientSecret', actor, { lwaClientId: clientId }, sql);
  });
}

/**
 * Deletes the credential. A run created at the same moment ends with NO_CREDENTIAL.
 * @throws {UserError} NO_CONNECTION, NO_CREDENTIAL; SYNC_ALREADY_RUNNING (with `runId`) during a run
 */
export async function removeCredential(
  { database, audit }: Pick<Context, 'database' | 'audit'>,
  actor: Session,
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
    await clearCheck(sql);
    const removed = await sql.query('DELETE FROM amazon_credential RETURNING id');
    if (removed.length === 0) throw new UserError('NO_CREDENTIAL', 'There is no credential to remove.');
    await audit.record('removeCredential', actor, {}, sql);
  });
}

/** When the token and the secret that are saved were saved first, for reminders of their expiry. */
interface Dates {
  readonly sealedToken: string;
  readonly tokenSavedAt: Date | null;
  readonly secretSavedAt: Date | null;
}

function secretSavedAt(after: Application, before: (Application & Dates) | undefined, hasSecret: boolean, now: Date) {
  if (after.sealedSecret === null) return null;
  const isKept = hasSecret || after.sealedSecret === before?.sealedSecret;
  return isKept ? (before?.secretSavedAt ?? now) : now;
}

/** Returns the text, or null if its key is gone. */
function opened(sealer: Sealer, sealed: string, place: string): string | null {
  try {
    return sealer.open(sealed, place);
  } catch {
    return null;
  }
}

interface Application {
  readonly clientId: string | null;
  readonly sealedSecret: string | null;
  readonly note: string | null;
}

const NONE: Application = { clientId: null, sealedSecret: null, note: null };

/** Keeps the members that are undefined, except the secret of another client id. */
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
 * Saves a secret without an id together with the environment's client id, which may change later.
 * @throws {UserError} BAD_USER_INPUT without a client id
 */
function withIdOfSecret(application: Application, lwa: LwaClient): Application {
  if (application.sealedSecret === null || application.clientId !== null) return application;
  if (lwa.clientId !== null) return { ...application, clientId: lwa.clientId };
  throw new UserError(
    'BAD_USER_INPUT',
    'The client secret has no client id: none is saved, and LWA_CLIENT_ID is not set. Nothing was changed. Send lwaClientId too.',
  );
}

function assertSecret({ clientId, sealedSecret }: Application, lwa: LwaClient): void {
  if (clientId === null || sealedSecret !== null || secretFrom(lwa, clientId) !== null) return;
  throw new UserError(
    'BAD_USER_INPUT',
    'The client id has no client secret: none is saved with it, and LWA_CLIENT_SECRET is not for this id. Nothing was changed. Send lwaClientSecret too; or send both empty to use LWA_CLIENT_ID and LWA_CLIENT_SECRET.',
  );
}

/** Also locks the connection's row, so that concurrent saves run one after the other. */
async function clearCheck(sql: Sql): Promise<bigint> {
  const [connection] = await sql.query<{ id: bigint }>(
    `UPDATE amazon_connection SET
       status = CASE WHEN status = 'DISCONNECTED' THEN status ELSE 'PENDING' END,
       last_check_at = NULL, last_check_ok = NULL, last_check_error = NULL, last_check_error_code = NULL,
       updated_at = now()
     RETURNING id`,
  );
  if (!connection)
    throw new UserError(
      'NO_CONNECTION',
      'There is no connection yet. Save it first (saveConnection, with its region), then the credential.',
    );
  // A new authorisation may bring roles; what Amazon refused is asked for again.
  await sql.query('DELETE FROM refused_data_set');
  return connection.id;
}
