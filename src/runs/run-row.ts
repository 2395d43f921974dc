import type { SyncRun } from '../generated/prisma/client.js';

/** What a `sync_run` row is in SQL by hand: its columns under Prisma's names, so that one type serves both. */
export const RUN_COLUMNS = `
  id, status, trigger, dry_run AS "dryRun", include_items AS "includeItems", started_at AS "startedAt",
  finished_at AS "finishedAt", updated_after AS "updatedAfter", updated_before AS "updatedBefore", pages, requests,
  orders_seen AS "ordersSeen", orders_inserted AS "ordersInserted", orders_updated AS "ordersUpdated",
  orders_unchanged AS "ordersUnchanged", orders_rejected AS "ordersRejected", items_seen AS "itemsSeen", progress,
  waiting_until AS "waitingUntil", waiting_for AS "waitingFor", error_code AS "errorCode", error, legs, leg, page_query AS "pageQuery",
  page_token AS "pageToken", page_token_at AS "pageTokenAt", claim, claimed_by AS "claimedBy",
  heartbeat_at AS "heartbeatAt", attempts, cancel_requested AS "cancelRequested", sweep,
  estimated_finish_at AS "estimatedFinishAt", coalesce(refused_marketplace_ids, '{}') AS "refusedMarketplaceIds",
  orders_unreadable AS "ordersUnreadable", coalesce(unreadable_order_ids, '{}') AS "unreadableOrderIds"`;

/** A run that this process may write: `claim` is its fencing token. */
export type ClaimedRun = SyncRun & { readonly claim: string };

/** Channels of `pg_notify`. The payload is the run's id. */
export const RUN_CHANGED = 'sync_run';
export const RUN_UNCLAIMED = 'sync_run_unclaimed';
export const RUN_CANCELLED = 'sync_run_cancel';
