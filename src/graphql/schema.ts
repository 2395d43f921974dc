import type { GraphQLSchema } from 'graphql';
import { addAuditLog } from './audit-log.js';
import { createBuilder } from './builder.js';
import { addConnection } from './connection.js';
import { addCoverage } from './coverage.js';
import { addMarketplaces, addRegion } from './marketplaces.js';
import { addMoney } from './money.js';
import { addOrderList } from './order-list.js';
import { addOrders } from './orders.js';
import { addPing } from './ping.js';
import { addRejectedOrders } from './rejected-orders.js';
import { addSales } from './sales.js';
import { addScalars } from './scalars.js';
import { addSyncControl } from './sync-control.js';
import { addSyncRuns } from './sync-runs.js';
import { addUsers } from './users.js';

/** The API's schema. What its resolvers need comes with each request's context. */
export function createSchema(): GraphQLSchema {
  const builder = createBuilder();
  addScalars(builder);
  addUsers(builder);
  const Region = addRegion(builder);
  const Marketplace = addMarketplaces(builder, Region);
  const runs = addSyncRuns(builder);
  addConnection(builder, { Region, Marketplace, SyncRunStatus: runs.Status });
  addPing(builder, Marketplace);
  const AmazonOrder = addOrders(builder, addMoney(builder));
  addOrderList(builder, AmazonOrder);
  addSales(builder);
  addSyncControl(builder, runs, AmazonOrder);
  addCoverage(builder);
  addRejectedOrders(builder);
  addAuditLog(builder);
  return builder.toSchema();
}
