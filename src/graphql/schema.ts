import type { GraphQLObjectType, GraphQLSchema } from 'graphql';
import { createBuilder } from './builder.js';
import { encodeGlobalId, nodeTypes } from './pagination/global-id.js';
import { addScalars } from './scalars.js';
import { addApiKeys } from './types/api-keys.js';
import { addAuditLog } from './types/audit-log.js';
import { addConnection } from './types/connection.js';
import { addHistory, addReportedInterval } from './types/history.js';
import { addCoverage, addMarketplaces, addRegion } from './types/marketplaces.js';
import { addMoney } from './types/money.js';
import { addNotifications } from './types/notifications.js';
import { addOrderChanges } from './types/order-changes.js';
import { addOrders } from './types/orders.js';
import { addRejectedOrders } from './types/rejected-orders.js';
import { addSales } from './types/sales.js';
import { addSortDirection } from './types/sort-direction.js';
import { addSpApiCalls } from './types/sp-api-calls.js';
import { addSyncControl, addSyncRuns } from './types/sync-runs.js';
import { addUsers } from './types/users.js';
import { addWebhooks } from './types/webhooks.js';

/** Builds the API's schema. Resolvers take what they need from the request's context. */
export function createSchema(): GraphQLSchema {
  const builder = createBuilder();
  addScalars(builder);
  addApiKeys(builder, addUsers(builder));
  const Region = addRegion(builder);
  const Marketplace = addMarketplaces(builder, Region);
  const runs = addSyncRuns(builder);
  addConnection(builder, { Region, Marketplace, SyncRunStatus: runs.Status });
  const SortDirection = addSortDirection(builder);
  const AmazonOrder = addOrders(builder, addMoney(builder), SortDirection);
  addOrderChanges(builder, AmazonOrder);
  addSales(builder, SortDirection);
  addSyncControl(builder, runs, AmazonOrder);
  addCoverage(builder, addReportedInterval(builder));
  addHistory(builder, runs);
  addNotifications(builder);
  addRejectedOrders(builder);
  addSpApiCalls(builder, runs);
  addAuditLog(builder);
  addWebhooks(builder);
  return withSyncIds(builder.toSchema());
}

/** The relay plugin resolves each `id` by a promise: on a page of orders with their items that takes as long as all other fields. */
function withSyncIds(schema: GraphQLSchema): GraphQLSchema {
  for (const name of nodeTypes) {
    const type = schema.getType(name) as GraphQLObjectType<{ readonly id: bigint }>;
    const field = type.getFields().id;
    if (field) field.resolve = (row) => encodeGlobalId(name, row.id);
  }
  return schema;
}
