import type { AuditLog } from '../accounts/audit-log.js';
import type { Session } from '../accounts/principal.js';
import { requireOwner, requireOwnerStill } from '../accounts/users.js';
import { UserError } from '../core/errors.js';
import type { Sql } from '../database/database.js';
import type { Webhook, WebhookDelivery } from '../generated/prisma/client.js';
import { readHead } from '../mirror/read/order-changes.js';
import { checkedWebhookUrl } from './address.js';
import { WEBHOOK_CHANGED, WEBHOOK_DUE } from './delivery-store.js';
import { type WebhookEvent, webhookEvents } from './events.js';
import { sealSecret } from './secrets.js';
import { sendTest, type TestOptions } from './send-test.js';
import { newSecret, PREVIOUS_SECRET_MS } from './signature.js';

const MAX_WEBHOOKS = 20;
const MAX_DESCRIPTION = 200;

export interface WebhookInput {
  readonly url: string;
  readonly events: readonly string[];
  readonly description?: string | null | undefined;
}

/** Members that are absent or null stay as they are. */
export interface WebhookUpdate {
  readonly url?: string | null | undefined;
  readonly events?: readonly string[] | null | undefined;
  readonly description?: string | null | undefined;
  readonly enabled?: boolean | null | undefined;
}

export interface CreatedWebhook {
  readonly webhook: Webhook;
  /** The secret itself; returned this one time. */
  readonly secret: string;
}

/** What owners do with webhooks. All throw {UserError} FORBIDDEN unless the session is an OWNER's, and NOT_FOUND. */
export interface Webhooks {
  /** @throws {UserError} BAD_USER_INPUT, also for an address that requests may not go to, and beyond the 20th webhook */
  create(session: Session, input: WebhookInput): Promise<CreatedWebhook>;
  /** Enabling continues where the webhook stopped, at most three days back. @throws {UserError} BAD_USER_INPUT */
  update(session: Session, id: bigint, input: WebhookUpdate): Promise<Webhook>;
  /** Returns the removed webhook. Its deliveries are deleted. */
  remove(session: Session, id: bigint): Promise<Webhook>;
  /** Creates another secret; the previous one signs too for 24 hours. */
  rotateSecret(session: Session, id: bigint): Promise<CreatedWebhook>;
  /** Sends a `webhook.test` event at once, also to a webhook that is switched off. A success ends a pause. */
  sendTest(session: Session, id: bigint): Promise<WebhookDelivery>;
  /** Sends a delivery again, with the same id, for up to three days. @throws {UserError} BAD_USER_INPUT if it is switched off */
  redeliver(session: Session, deliveryId: bigint): Promise<WebhookDelivery>;
}

export interface WebhooksOptions extends TestOptions {
  readonly audit: AuditLog;
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { database, clock, audit, sealer, rules } = options;
  const read = (id: bigint) => database.prisma.webhook.findUniqueOrThrow({ where: { id } });
  const readDelivery = (id: bigint) => database.prisma.webhookDelivery.findUniqueOrThrow({ where: { id } });

  /** Runs a change in a transaction as an owner, and notifies the sender. */
  const change = async ({ user }: Session, id: bigint, work: (sql: Sql, webhook: Locked) => Promise<void>) => {
    requireOwner(user);
    await database.transaction(async (sql) => {
      await requireOwnerStill(sql, user);
      await work(sql, await lockWebhook(sql, id));
      await sql.query('SELECT pg_notify($1, $2)', [WEBHOOK_CHANGED, String(id)]);
    });
  };

  return {
    create: async ({ user }, input) => {
      requireOwner(user);
      const events = checkedEvents(input.events);
      const description = checkedDescription(input.description);
      const url = await checkedWebhookUrl(input.url, rules);
      const secret = newSecret();
      const id = await database.transaction(async (sql) => {
        await requireOwnerStill(sql, user);
        await limitWebhooks(sql);
        const [next] = await sql.query<{ id: bigint }>(`SELECT nextval(pg_get_serial_sequence('webhook', 'id')) AS id`);
        if (!next) throw new Error('There is no next id of a webhook.');
        const head = await readHead(sql);
        await sql.query(
          `INSERT INTO webhook (id, url, description, events, secret_sealed, cursor_id, cursor_at, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
          [
            ...[next.id, url, description || null, events, sealSecret(sealer, next.id, secret)],
            ...[head?.id ?? null, head?.at ?? null, clock.now()],
          ],
        );
        await audit.record('createWebhook', { user }, { webhook: String(next.id), url: shownUrl(url), events }, sql);
        await sql.query('SELECT pg_notify($1, $2)', [WEBHOOK_CHANGED, String(next.id)]);
        return next.id;
      });
      return { webhook: await read(id), secret };
    },

    update: async (session, id, input) => {
      const events = input.events == null ? null : checkedEvents(input.events);
      const description = input.description == null ? null : checkedDescription(input.description);
      requireOwner(session.user);
      const url = input.url == null ? null : await checkedWebhookUrl(input.url, rules);
      await change(session, id, async (sql, before) => {
        const isNewFollower = events?.includes('order.changed') && !before.events.includes('order.changed');
        if (isNewFollower) {
          const head = await readHead(sql);
          await setCursor(sql, id, head);
        }
        const isEnabled = input.enabled === true && before.status === 'DISABLED';
        if (isEnabled && !isNewFollower) await skipOldChanges(sql, id, clock.now());
        await sql.query(
          `UPDATE webhook SET url = coalesce($2, url), events = coalesce($3::text[], events),
                  description = CASE WHEN $4::text IS NULL THEN description ELSE nullif($4, '') END, updated_at = $5,
                  status = CASE WHEN $6::boolean IS NULL THEN status WHEN $6 THEN 'ENABLED' ELSE 'DISABLED' END::webhook_status,
                  disabled_at = CASE WHEN $6 THEN NULL WHEN NOT $6 AND status = 'ENABLED' THEN $5 ELSE disabled_at END,
                  disabled_reason = CASE WHEN $6 THEN NULL WHEN NOT $6 AND status = 'ENABLED' THEN 'Switched off by an owner.'
                                         ELSE disabled_reason END
            WHERE id = $1`,
          [id, url, events, description, clock.now(), input.enabled ?? null],
        );
        if (isEnabled || (url !== null && url !== before.url)) await clearFailures(sql, id);
        const detail = {
          webhook: String(id),
          ...(url === null ? {} : { url: shownUrl(url) }),
          ...(events === null ? {} : { events }),
          ...(input.enabled == null ? {} : { enabled: input.enabled }),
        };
        await audit.record('updateWebhook', session, detail, sql);
      });
      return read(id);
    },

    remove: async (session, id) => {
      requireOwner(session.user);
      const webhook = await database.prisma.webhook.findUnique({ where: { id } });
      if (!webhook) throw notFound();
      await change(session, id, async (sql) => {
        await sql.query('DELETE FROM webhook WHERE id = $1', [id]);
        await audit.record('removeWebhook', session, { webhook: String(id), url: shownUrl(webhook.url) }, sql);
      });
      return webhook;
    },

    rotateSecret: async (session, id) => {
      const secret = newSecret();
      await change(session, id, async (sql) => {
        await sql.query(
          `UPDATE webhook SET previous_secret_sealed = secret_sealed, previous_secret_until = $3, secret_sealed = $2,
                  updated_at = $4 WHERE id = $1`,
          [
            ...[id, sealSecret(sealer, id, secret)],
            ...[new Date(clock.now().getTime() + PREVIOUS_SECRET_MS), clock.now()],
          ],
        );
        await clearFailures(sql, id);
        await audit.record('rotateWebhookSecret', session, { webhook: String(id) }, sql);
      });
      return { webhook: await read(id), secret };
    },

    sendTest: async (session, id) => {
      requireOwner(session.user);
      const webhook = await database.prisma.webhook.findUnique({ where: { id } });
      if (!webhook) throw notFound();
      const deliveryId = await sendTest(options, webhook);
      await audit.record('sendTestWebhook', session, { webhook: String(id) });
      return readDelivery(deliveryId);
    },

    redeliver: async (session, deliveryId) => {
      const { user } = session;
      requireOwner(user);
      return await database.transaction(async (sql) => {
        await requireOwnerStill(sql, user);
        const [delivery] = await sql.query<{ webhookId: bigint; status: string; messageId: string }>(
          `SELECT d.webhook_id AS "webhookId", d.message_id AS "messageId", w.status::text AS status
             FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id WHERE d.id = $1 FOR UPDATE OF d`,
          [deliveryId],
        );
        if (!delivery)
          throw new UserError('NOT_FOUND', 'There is no delivery with this id. Deliveries are kept for 7 days.');
        const { webhookId, messageId } = delivery;
        if (delivery.status === 'DISABLED')
          throw new UserError('BAD_USER_INPUT', 'The webhook is switched off. Enable it first (updateWebhook).');
        // As it is now: it may be sent before the answer is read.
        const [pending] = await sql.query<WebhookDelivery>(
          `UPDATE webhook_delivery
              SET state = 'PENDING', attempts = 0, retry_from = $2, next_attempt_at = $2, delivered_at = NULL WHERE id = $1
           RETURNING id, webhook_id AS "webhookId", message_id AS "messageId", type, change_id AS "changeId", data,
                     ordering_key AS "orderingKey", at, retry_from AS "retryFrom", state::text AS state, attempts,
                     next_attempt_at AS "nextAttemptAt", last_attempt_at AS "lastAttemptAt", last_status AS "lastStatus",
                     last_duration_ms AS "lastDurationMs", last_error AS "lastError", delivered_at AS "deliveredAt"`,
          [deliveryId, clock.now()],
        );
        if (!pending) throw new Error('The delivery that was locked is gone.');
        await audit.record('redeliver', session, { webhook: String(webhookId), message: messageId }, sql);
        await sql.query('SELECT pg_notify($1, $2)', [WEBHOOK_DUE, `${webhookId} resume`]);
        return pending;
      });
    },
  };
}

type Locked = Pick<Webhook, 'url' | 'events' | 'status'>;

/** @throws {UserError} NOT_FOUND */
async function lockWebhook(sql: Sql, id: bigint): Promise<Locked> {
  const [webhook] = await sql.query<Locked>(
    'SELECT url, events, status::text AS status FROM webhook WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (!webhook) throw notFound();
  return webhook;
}

function notFound(): UserError {
  return new UserError('NOT_FOUND', 'There is no webhook with this id. List them with `webhooks`.');
}

async function limitWebhooks(sql: Sql): Promise<void> {
  // Two that are created at the same time are counted one after the other.
  await sql.query('LOCK TABLE webhook IN SHARE ROW EXCLUSIVE MODE');
  const [row] = await sql.query<{ count: number }>('SELECT count(*)::int AS count FROM webhook');
  if ((row?.count ?? 0) < MAX_WEBHOOKS) return;
  throw new UserError('BAD_USER_INPUT', `There are ${MAX_WEBHOOKS} webhooks already. Remove one that is not used.`);
}

async function setCursor(sql: Sql, id: bigint, cursor: { id: bigint; at: Date } | null): Promise<void> {
  await sql.query('UPDATE webhook SET cursor_id = $2, cursor_at = $3 WHERE id = $1', [
    ...[id, cursor?.id ?? null, cursor?.at ?? null],
  ]);
}

const CATCH_UP_MS = 3 * 24 * 60 * 60_000;

/** Moves the cursor of a webhook that was switched off past changes that are older than three days. */
async function skipOldChanges(sql: Sql, id: bigint, now: Date): Promise<void> {
  await sql.query(
    `UPDATE webhook SET cursor_id = skipped.id, cursor_at = skipped.at
       FROM (SELECT id, at FROM order_change WHERE at < $2 ORDER BY id DESC LIMIT 1) AS skipped
      WHERE webhook.id = $1 AND (cursor_id IS NULL OR cursor_id < skipped.id)`,
    [id, new Date(now.getTime() - CATCH_UP_MS)],
  );
}

/** Forgets failures, so that what waits is sent at once. A sender that runs forgets its own (`EndpointSender.update`). */
async function clearFailures(sql: Sql, id: bigint): Promise<void> {
  await sql.query(
    `UPDATE webhook_delivery SET next_attempt_at = NULL WHERE webhook_id = $1 AND state = 'PENDING' AND next_attempt_at IS NOT NULL`,
    [id],
  );
  await sql.query(
    `UPDATE webhook SET failures = 0, failing_since = NULL, pause_level = 0, paused_until = NULL, last_error = NULL
      WHERE id = $1`,
    [id],
  );
}

/** @throws {UserError} BAD_USER_INPUT */
function checkedEvents(events: readonly string[]): WebhookEvent[] {
  const known: readonly string[] = webhookEvents;
  const unknown = events.find((event) => !known.includes(event));
  if (unknown === undefined && events.length > 0) return webhookEvents.filter((event) => events.includes(event));
  const problem =
    unknown === undefined ? '`events` is empty.' : `There is no event ${JSON.stringify(unknown.slice(0, 50))}.`;
  throw new UserError('BAD_USER_INPUT', `${problem} Choose one or more of: ${webhookEvents.join(', ')}.`);
}

/** @throws {UserError} BAD_USER_INPUT */
function checkedDescription(description: string | null | undefined): string {
  const text = description?.trim() ?? '';
  if (text.length <= MAX_DESCRIPTION && !/\p{Cc}/u.test(text)) return text;
  throw new UserError(
    'BAD_USER_INPUT',
    `\`description\` must have at most ${MAX_DESCRIPTION} characters and no line breaks.`,
  );
}

/** The address for the audit log: its query may hold a token of the receiver's. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
