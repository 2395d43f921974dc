import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { beforeAll, describe, expect } from 'vitest';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { createSchema } from '../../src/graphql/schema.js';
import { it } from '../helpers/fixtures.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { type Answer, PASSWORD, type TestServer } from '../helpers/with-server.js';

/** `signedIn`: a session or an API key. `session` and `ownerSession`: no API keys. */
type Rule = 'public' | 'signedIn' | 'session' | 'owner' | 'ownerSession';

/** Root fields by required access. A field that is missing here fails the test. */
const rootFields: Record<Rule, string> = {
  public: 'Query.me Mutation.register Mutation.login',
  signedIn:
    'Query.connection Query.order Query.orders Query.sales Query.salesByDay Query.syncRun Query.syncRuns ' +
    'Query.node Query.nodes Query.coverage Query.history Query.orderRetention Query.lastCheck Query.remap Query.marketplaces Query.orderStatuses ' +
    'Query.orderChanges Query.notifications Subscription.syncProgress Subscription.orderChanged',
  session: 'Mutation.changePassword Mutation.renewSession Mutation.logout',
  owner:
    'Query.auditLog Query.rejectedOrders Query.spApiCalls Mutation.saveConnection Mutation.pingSpApi Mutation.syncOrders ' +
    'Mutation.cancelSync Mutation.resyncOrder Mutation.startHistory Mutation.startCheck ' +
    'Query.queuePolicies Mutation.setUpNotifications Mutation.removeNotifications Mutation.sendTestNotification',
  ownerSession:
    'Query.webhooks Query.webhookDeliveries Mutation.createWebhook Mutation.updateWebhook Mutation.removeWebhook ' +
    'Mutation.rotateWebhookSecret Mutation.sendTestWebhook Mutation.redeliver ' +
    'Query.users Query.apiKeys Mutation.createUser Mutation.setUserRole Mutation.removeUser ' +
    'Mutation.createApiKey Mutation.revokeApiKey Mutation.saveCredential Mutation.removeCredential Mutation.rotateClientSecret',
};
const ruleOf = (name: string) =>
  (Object.keys(rootFields) as Rule[]).find((rule) => rootFields[rule].split(' ').includes(name));

/** A query for an object of each other type, and the required access of its fields. */
const samples: Record<string, { at: string; rule: Rule; owner?: string[] }> = {
  User: { at: 'users { % }', rule: 'ownerSession' },
  ApiKey: { at: 'apiKeys { % }', rule: 'ownerSession' },
  Webhook: { at: 'webhooks { % }', rule: 'ownerSession' },
  WebhookDelivery: { at: 'webhookDeliveries(webhookId: "V2ViaG9vazox") { nodes { % } }', rule: 'ownerSession' },
  QueryWebhookDeliveriesConnection: { at: 'webhookDeliveries(webhookId: "V2ViaG9vazox") { % }', rule: 'ownerSession' },
  QueryWebhookDeliveriesConnectionEdge: {
    at: 'webhookDeliveries(webhookId: "V2ViaG9vazox") { edges { % } }',
    rule: 'ownerSession',
  },
  AuditEntry: { at: 'auditLog { nodes { % } }', rule: 'owner' },
  QueryAuditLogConnection: { at: 'auditLog { % }', rule: 'owner' },
  QueryAuditLogConnectionEdge: { at: 'auditLog { edges { % } }', rule: 'owner' },
  RejectedOrder: { at: 'rejectedOrders { nodes { % } }', rule: 'owner' },
  QueryRejectedOrdersConnection: { at: 'rejectedOrders { % }', rule: 'owner' },
  QueryRejectedOrdersConnectionEdge: { at: 'rejectedOrders { edges { % } }', rule: 'owner' },
  SpApiCall: { at: 'spApiCalls { nodes { % } }', rule: 'owner' },
  QuerySpApiCallsConnection: { at: 'spApiCalls { % }', rule: 'owner' },
  QuerySpApiCallsConnectionEdge: { at: 'spApiCalls { edges { % } }', rule: 'owner' },
  AmazonConnection: { at: 'connection { % }', rule: 'signedIn', owner: ['lastCheckSupportReport'] },
  RefusedDataSet: { at: 'connection { refusedDataSets { % } }', rule: 'signedIn' },
  Marketplace: { at: 'connection { marketplaces { % } }', rule: 'signedIn' },
  AmazonOrder: { at: 'orders(first: 3) { nodes { % } }', rule: 'signedIn', owner: ['rawPayload'] },
  RejectedVersion: { at: 'orders(first: 3) { nodes { rejectedVersion { % } } }', rule: 'signedIn' },
  AmazonOrderItem: { at: 'orders(first: 3) { nodes { items { % } } }', rule: 'signedIn', owner: ['rawPayload'] },
  Money: { at: 'orders(first: 3) { nodes { orderTotal { % } } }', rule: 'signedIn' },
  PageInfo: { at: 'orders(first: 3) { pageInfo { % } }', rule: 'signedIn' },
  QueryOrdersConnection: { at: 'orders(first: 3) { % }', rule: 'signedIn' },
  OrderTotals: { at: 'orders(first: 1) { totals { % } }', rule: 'signedIn' },
  OrderStatusCount: { at: 'orders(first: 1) { statusCounts { % } }', rule: 'signedIn' },
  QueryOrdersConnectionEdge: { at: 'orders(first: 3) { edges { % } }', rule: 'signedIn' },
  OrderChange: { at: 'orderChanges(first: 3) { nodes { % } }', rule: 'signedIn' },
  QueryOrderChangesConnection: { at: 'orderChanges(first: 3) { % }', rule: 'signedIn' },
  QueryOrderChangesConnectionEdge: { at: 'orderChanges(first: 3) { edges { % } }', rule: 'signedIn' },
  AmazonOrderChangesConnection: { at: 'orders(first: 3) { nodes { changes(first: 3) { % } } }', rule: 'signedIn' },
  AmazonOrderChangesConnectionEdge: {
    at: 'orders(first: 3) { nodes { changes(first: 3) { edges { % } } } }',
    rule: 'signedIn',
  },
  SyncRun: { at: 'syncRuns { nodes { % } }', rule: 'signedIn', owner: ['supportReport'] },
  QuerySyncRunsConnection: { at: 'syncRuns { % }', rule: 'signedIn' },
  QuerySyncRunsConnectionEdge: { at: 'syncRuns { edges { % } }', rule: 'signedIn' },
  MarketplaceCoverage: { at: 'coverage { % }', rule: 'signedIn' },
  ReportedInterval: { at: 'coverage { provenByReport { % } }', rule: 'signedIn' },
  History: { at: 'history { % }', rule: 'signedIn' },
  HistoryWindow: { at: 'history { windowList { % } }', rule: 'signedIn' },
  CheckResult: { at: 'lastCheck { % }', rule: 'signedIn' },
  OrderRetention: { at: 'orderRetention { % }', rule: 'signedIn' },
  RemapProgress: { at: 'remap { % }', rule: 'signedIn' },
  CoverageGap: { at: 'coverage { gaps { % } }', rule: 'signedIn' },
  ...ofOrders({
    DateTimeRange: 'shipByWindow { % }',
    OrderAlias: 'orderAliases { % }',
    AssociatedOrder: 'associatedOrders { % }',
    OrderProceeds: 'proceeds { % }',
    ProceedsBreakdown: 'proceeds { breakdowns { % } }',
    OrderPackage: 'packages { % }',
    OrderPackageItem: 'packages { items { % } }',
    ShipFromAddress: 'packages { shipFromAddress { % } }',
    OrderPayment: 'payments { % }',
    AssociatedOrderItem: 'items { associatedItems { % } }',
    ItemProceeds: 'items { proceeds { % } }',
    ProceedsDetailedBreakdown: 'items { proceeds { breakdowns { detailedBreakdowns { % } } } }',
    PointsGranted: 'items { pointsGranted { % } }',
    ItemCondition: 'items { condition { % } }',
    Measurement: 'items { measurement { % } }',
    ItemCancellation: 'items { cancellation { % } }',
    SubstitutionOption: 'items { substitutionOptions { % } }',
    ShippingConstraints: 'items { shippingConstraints { % } }',
    TaxCollection: 'items { taxCollections { % } }',
  }),
  NotificationsState: { at: 'notifications { % }', rule: 'signedIn' },
  QueuePolicies: { at: 'queuePolicies(queueArn: "arn:aws:sqs:eu-west-1:123456789012:orders") { % }', rule: 'owner' },
  SalesRow: { at: 'sales(from: "2026-03-01", to: "2026-03-02", by: [SKU]) { % }', rule: 'signedIn' },
  SalesDay: { at: 'salesByDay(from: "2026-03-01", to: "2026-03-02") { % }', rule: 'signedIn' },
};
/** Returns the samples of types that are parts of an order. */
function ofOrders(parts: Record<string, string>): Record<string, { at: string; rule: Rule }> {
  const sample = (at: string) => ({ at: `orders(first: 1) { nodes { ${at} } }`, rule: 'signedIn' as const });
  return Object.fromEntries(Object.entries(parts).map(([type, at]) => [type, sample(at)]));
}

/** Types that only mutations return. */
const fromMutations = ['AuthPayload', 'CreatedApiKey', 'CreatedWebhook', 'NotificationsTest', 'SpApiPing'];

const schema = createSchema();
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
  (type) => type != null,
);
let server: TestServer;
it.beforeAll(({ server: started }) => {
  server = started;
});
let ownerKey: string;
let viewerKey: string;
const everyone = {
  anonymous: () => null,
  viewer: () => server.viewer,
  owner: () => server.owner,
  viewerKey: () => viewerKey,
  ownerKey: () => ownerKey,
};
beforeAll(async () => {
  ({ authorization: ownerKey } = await server.createKey('OWNER'));
  ({ authorization: viewerKey } = await server.createKey('VIEWER'));
  await seedOrders(server.database, 20);
  await server.database.query(
    `UPDATE amazon_order SET ship_by_latest = now(), packages = $1::jsonb, raw_payload = $2::jsonb`,
    [
      JSON.stringify([{ packageReferenceId: '1', shipFrom: { city: 'Graz' }, items: [{ transparencyCodes: [] }] }]),
      JSON.stringify({
        orderAliases: [{ aliasId: '1' }],
        associatedOrders: [{ orderId: '1' }],
        proceeds: { breakdowns: [{ type: 'ITEM' }] },
        payment: { paymentExecutions: [{ paymentMethod: 'GIFT_CARD' }] },
      }),
    ],
  );
  await server.database.query(
    `UPDATE amazon_order_item SET points_granted = 1, condition_type = 'NEW', measurement_unit = 'COUNT',
       cancelled_by = 'BUYER', pallet_delivery = 'MANDATORY', raw_payload = $1::jsonb`,
    [
      JSON.stringify({
        associatedOrderItems: [{ orderId: '1' }],
        proceeds: { breakdowns: [{ type: 'ITEM', detailedBreakdowns: [{ subtype: 'ITEM' }] }] },
        tax: { taxCollections: [{ model: 'MARKETPLACE_FACILITATOR' }] },
        fulfillment: { picking: { substitutionPreference: { substitutionOptions: [{ asin: 'B000000001' }] } } },
      }),
    ],
  );
  await server.database.query(
    `INSERT INTO order_change (at, kinds, source, order_id, amazon_order_id, marketplace_id, to_status, changed_fields)
     SELECT now(), '{CREATED}', 'SYNC', id, amazon_order_id, marketplace_id, order_status, '{}' FROM amazon_order`,
  );
  await server.database.query(
    `INSERT INTO amazon_connection (region, status, marketplace_ids) VALUES ('NA', 'ACTIVE', '{ATVPDKIKX0DER}')`,
  );
  await server.database.query(
    `INSERT INTO sync_run (status, trigger, dry_run, include_items, updated_after, updated_before, legs)
     VALUES ('OK', 'MANUAL', false, true, now(), now(), '[]')`,
  );
  await server.database.query(
    `INSERT INTO sync_run (kind, status, trigger, dry_run, include_items, updated_after, updated_before, legs)
     VALUES ('CHECK', 'OK', 'MANUAL', false, true, now(), now(), '[]')`,
  );
  await server.database.query('INSERT INTO order_retention (months) VALUES (18)');
  await server.database.query(
    `INSERT INTO report_window (kind, marketplace_ids, from_time, until_time, state)
     VALUES ('HISTORY', '{ATVPDKIKX0DER}', now() - interval '1 day', now(), 'DONE')`,
  );
  await server.database.query(
    'UPDATE amazon_order SET mapping_version = 1 WHERE id = (SELECT min(id) FROM amazon_order)',
  );
  await server.database.query(
    `INSERT INTO sp_api_call (operation, at, duration_ms, request, attempt, failed)
     VALUES ('token', now(), 1, 'POST /auth/o2/token', 1, false)`,
  );
  await server.database.query(
    `INSERT INTO webhook (id, url, events, secret_sealed) VALUES (1, 'https://example.com', '{order.changed}', '')`,
  );
  await server.database.query(
    `INSERT INTO webhook_delivery (webhook_id, message_id, type, data, at, retry_from)
     VALUES (1, 'evt_1', 'sync.failed', '{}', now(), now())`,
  );
  await server.database.query(`INSERT INTO rejected_order (key, reason, payload) VALUES ('k', 'is odd', '{}')`);
  await server.database.query(
    `INSERT INTO rejected_order (key, amazon_order_id, reason, payload)
     SELECT DISTINCT amazon_order_id, amazon_order_id, 'is odd', '{}'::jsonb FROM amazon_order`,
  );
  await server.database.query(
    `INSERT INTO order_items (order_id, order_date, marketplace_id, units, source) VALUES ('1', '2026-03-01', 'ATVPDKIKX0DER', 1, 'spapi')`,
  );
});

describe('root fields', () => {
  for (const root of roots) {
    for (const field of Object.values(root.getFields())) {
      const name = `${root.name}.${field.name}`;
      it(`${name} requires: ${ruleOf(name)}`, async () => {
        const rule = ruleOf(name);
        expect(rule, `${name} has no rule in this test`).toBeDefined();
        const operation = `${root.name.toLowerCase()} { ${call(field)} }`;
        for (const [person, token] of Object.entries(everyone)) {
          // Ends the session of the request.
          const authorization = name === 'Mutation.logout' ? ((await signIn(person)) ?? token()) : token();
          expect(accessErrorOf(await ask(operation, authorization)), `${person}: ${operation}`).toBe(
            expected(rule, person),
          );
        }
      });
    }
  }

  async function signIn(person: string): Promise<string | null> {
    if (person !== 'viewer' && person !== 'owner') return null;
    const caller = { address: '127.0.0.1', local: true };
    const { token } = await server.api.accounts.login({ email: `${person}@example.com`, password: PASSWORD }, caller);
    return `Bearer ${token}`;
  }
});

describe('fields', () => {
  // The mutations above may delete it.
  beforeAll(async () => {
    await server.database.query(
      `INSERT INTO refused_data_set (data_set, refused_at, next_try_at) VALUES ('EXPENSE', now(), now())`,
    );
  });

  const types = Object.values(schema.getTypeMap()).filter(
    (type) =>
      isObjectType(type) && !roots.includes(type) && !type.name.startsWith('__') && !fromMutations.includes(type.name),
  );
  for (const type of types.filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      it(`${type.name}.${field.name}`, async () => {
        const sample = samples[type.name];
        if (!sample) throw new Error(`${type.name} has no sample in this test.`);
        const rule = sample.owner?.includes(field.name) ? 'owner' : sample.rule;
        const operation = `{ ${sample.at.replace('%', `__typename ${call(field)}`)} }`;
        for (const [person, token] of Object.entries(everyone)) {
          const answer = await ask(operation, token());
          expect(accessErrorOf(answer), `${person}: ${operation}`).toBe(expected(rule, person));
          if (person === 'owner') {
            expect(answer.errors).toBeUndefined();
            expect(JSON.stringify(answer.data), 'has an object of the type').toContain(`"__typename":"${type.name}"`);
          }
        }
      });
    }
  }
});

describe('node', () => {
  const nodeOf = (type: string, id: bigint) => `{ node(id: "${encodeGlobalId(type, id)}") { __typename id } }`;

  it('returns FORBIDDEN to a viewer for other users and types of owners, whether the node exists or not', async () => {
    const [owner, viewer] = await server.database.prisma.user.findMany({ orderBy: { id: 'asc' } });
    const own = await server.ask(nodeOf('User', viewer?.id ?? 0n), {}, server.viewer);
    expect(own).toMatchObject({ data: { node: { __typename: 'User' } } });
    for (const [type, id] of [
      ['User', owner?.id ?? 0n],
      ['AuditEntry', 1n],
      ['RejectedOrder', 1n],
      ['ApiKey', 1n],
      ['Webhook', 1n],
      ['WebhookDelivery', 1n],
      ['User', 999n],
    ] as const) {
      expect(await server.ask(nodeOf(type, id), {}, server.owner)).not.toHaveProperty('errors');
      const answer = await server.ask(nodeOf(type, id), {}, server.viewer);
      expect(answer).toMatchObject({ data: { node: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    }
  });

  it.each(['User', 'ApiKey', 'Webhook', 'WebhookDelivery'])(
    'returns FORBIDDEN to an API key for a %s',
    async (type) => {
      const answer = await server.ask(nodeOf(type, 1n), {}, ownerKey);
      expect(answer).toMatchObject({ data: { node: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    },
  );

  it.each(['AmazonOrder', 'AmazonOrderItem', 'SyncRun', 'AmazonConnection'])(
    'reads a %s for a viewer',
    async (type) => {
      const answer = await server.ask(nodeOf(type, 1n), {}, server.viewer);
      expect(answer).toEqual({ data: { node: { __typename: type, id: encodeGlobalId(type, 1n) } } });
      expect(await server.ask(nodeOf(type, 2n ** 62n), {}, server.viewer)).toEqual({ data: { node: null } });
    },
  );
});

it('returns an order without its payload to a viewer, with FORBIDDEN', async () => {
  const answer = await server.ask('{ orders(first: 1) { nodes { amazonOrderId rawPayload } } }', {}, server.viewer);
  expect(answer).toMatchObject({
    data: { orders: { nodes: [{ amazonOrderId: expect.any(String), rawPayload: null }] } },
    errors: [{ path: ['orders', 'nodes', 0, 'rawPayload'], extensions: { code: 'FORBIDDEN' } }],
  });
});

it('returns the own account from login', async () => {
  const query =
    'mutation { login(email: "viewer@example.com", password: "a long enough password") { token user { id email role } } }';
  expect(await server.ask(query)).toMatchObject({
    data: { login: { user: { email: 'viewer@example.com', role: 'VIEWER' } } },
  });
});

/** Sends an operation; a subscription by server-sent events, until it has started. */
async function ask(operation: string, authorization: string | null): Promise<Answer> {
  if (!operation.startsWith('subscription')) return server.ask(operation, {}, authorization);
  const leave = new AbortController();
  const response = await fetch(server.graphqlUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(authorization ? { authorization } : {}),
    },
    body: JSON.stringify({ query: operation }),
    signal: leave.signal,
  });
  if (authorization && operation.includes('orderChanged')) {
    // The response begins when the subscription has.
    leave.abort();
    return {};
  }
  if (authorization) {
    await server.engine.untilWatching(1);
    leave.abort();
    await server.engine.untilWatching(0);
    return {};
  }
  return JSON.parse(/^data: (\{.*)$/m.exec(await response.text())?.[1] ?? '{}') as Answer;
}

/** Returns the code of an access error; other errors do not count. */
function accessErrorOf({ errors = [] }: Answer): unknown {
  return errors.find(({ message }) => / requires (the role OWNER|a session)/.test(message))?.extensions?.code;
}

function expected(rule: Rule | undefined, person: string): string | undefined {
  if (rule === 'public') return undefined;
  if (person === 'anonymous') return 'UNAUTHENTICATED';
  const isKeyRefused = person.endsWith('Key') && (rule === 'session' || rule === 'ownerSession');
  const isViewerRefused = person.startsWith('viewer') && (rule === 'owner' || rule === 'ownerSession');
  return isKeyRefused || isViewerRefused ? 'FORBIDDEN' : undefined;
}

/** Returns a selection of the field with made-up required arguments. */
function call(field: GraphQLField<unknown, unknown>): string {
  const args = field.args
    .filter(({ type }) => isNonNullType(type))
    .map((arg) => `${arg.name}: ${madeUp(arg, typeOfId(field.name, arg.name))}`);
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection(field.type)}`;
}

function selection(type: GraphQLOutputType): string {
  return isLeafType(getNamedType(type)) ? '' : ' { __typename }';
}

/** Returns the type of an argument's id. */
function typeOfId(field: string, argument: string): string {
  if (argument === 'userId') return 'User';
  if (argument === 'deliveryId') return 'WebhookDelivery';
  if (argument === 'webhookId' || field.endsWith('Webhook') || field === 'rotateWebhookSecret') return 'Webhook';
  return field === 'revokeApiKey' ? 'ApiKey' : 'SyncRun';
}

/** @param idOf the type that an argument of type ID is of */
function madeUp({ name, type }: Pick<GraphQLArgument, 'name' | 'type'>, idOf = 'SyncRun'): string {
  const inner: GraphQLInputType = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return `[${madeUp({ name, type: inner.ofType })}]`;
  if (isEnumType(inner)) return inner.getValues()[0]?.name ?? '';
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter((input) => isNonNullType(input.type));
    return `{ ${fields.map((input) => `${input.name}: ${madeUp(input)}`).join(', ')} }`;
  }
  const values: Record<string, string> = {
    ID: `"${encodeGlobalId(idOf, idOf === 'SyncRun' ? 1n : 999n)}"`,
    String: '"made up"',
    Boolean: 'true',
    Date: '"2026-01-01"',
  };
  return values[getNamedType(inner).name] ?? `"${name}"`;
}
