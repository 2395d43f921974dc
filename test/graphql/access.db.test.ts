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
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeGlobalId } from '../../src/graphql/pagination/global-id.js';
import { createSchema } from '../../src/graphql/schema.js';
import { seedOrders } from '../helpers/seed-orders.js';
import { type Answer, PASSWORD, withServer } from '../helpers/with-server.js';

type Rule = 'everybody' | 'signed in' | 'owner';

/** Who may use each root field. A field without a line here fails the test. */
const rootRules: Record<string, Rule> = {
  'Query.me': 'everybody',
  'Query.connection': 'signed in',
  'Query.order': 'signed in',
  'Query.orders': 'signed in',
  'Query.salesByDay': 'signed in',
  'Query.syncRun': 'signed in',
  'Query.syncRuns': 'signed in',
  'Query.node': 'signed in',
  'Query.nodes': 'signed in',
  'Query.coverage': 'signed in',
  'Query.marketplaces': 'signed in',
  'Query.orderStatuses': 'signed in',
  'Query.users': 'owner',
  'Query.auditLog': 'owner',
  'Query.rejectedOrders': 'owner',
  'Mutation.register': 'everybody',
  'Mutation.login': 'everybody',
  'Mutation.changePassword': 'signed in',
  'Mutation.renewSession': 'signed in',
  'Mutation.logout': 'signed in',
  'Mutation.createUser': 'owner',
  'Mutation.setUserRole': 'owner',
  'Mutation.removeUser': 'owner',
  'Mutation.saveConnection': 'owner',
  'Mutation.saveCredential': 'owner',
  'Mutation.removeCredential': 'owner',
  'Mutation.pingSpApi': 'owner',
  'Mutation.syncOrders': 'owner',
  'Mutation.cancelSync': 'owner',
  'Mutation.resyncOrder': 'owner',
  'Subscription.syncProgress': 'signed in',
};

/** How an object of each other type is come by, and who may read its fields. */
const samples: Record<string, { at: string; rule: Rule; owner?: string[] }> = {
  User: { at: 'users { % }', rule: 'owner' },
  AuditEntry: { at: 'auditLog { nodes { % } }', rule: 'owner' },
  QueryAuditLogConnection: { at: 'auditLog { % }', rule: 'owner' },
  QueryAuditLogConnectionEdge: { at: 'auditLog { edges { % } }', rule: 'owner' },
  RejectedOrder: { at: 'rejectedOrders { nodes { % } }', rule: 'owner' },
  QueryRejectedOrdersConnection: { at: 'rejectedOrders { % }', rule: 'owner' },
  QueryRejectedOrdersConnectionEdge: { at: 'rejectedOrders { edges { % } }', rule: 'owner' },
  AmazonConnection: { at: 'connection { % }', rule: 'signed in' },
  Marketplace: { at: 'connection { marketplaces { % } }', rule: 'signed in' },
  AmazonOrder: { at: 'orders(first: 3) { nodes { % } }', rule: 'signed in', owner: ['rawPayload'] },
  RejectedVersion: { at: 'orders(first: 3) { nodes { rejectedVersion { % } } }', rule: 'signed in' },
  AmazonOrderItem: { at: 'orders(first: 3) { nodes { items { % } } }', rule: 'signed in', owner: ['rawPayload'] },
  Money: { at: 'orders(first: 3) { nodes { orderTotal { % } } }', rule: 'signed in' },
  PageInfo: { at: 'orders(first: 3) { pageInfo { % } }', rule: 'signed in' },
  QueryOrdersConnection: { at: 'orders(first: 3) { % }', rule: 'signed in' },
  QueryOrdersConnectionEdge: { at: 'orders(first: 3) { edges { % } }', rule: 'signed in' },
  SyncRun: { at: 'syncRuns { nodes { % } }', rule: 'signed in' },
  QuerySyncRunsConnection: { at: 'syncRuns { % }', rule: 'signed in' },
  QuerySyncRunsConnectionEdge: { at: 'syncRuns { edges { % } }', rule: 'signed in' },
  MarketplaceCoverage: { at: 'coverage { % }', rule: 'signed in' },
  CoverageGap: { at: 'coverage { gaps { % } }', rule: 'signed in' },
  SalesDay: { at: 'salesByDay(from: "2026-03-01", to: "2026-03-02") { % }', rule: 'signed in' },
};
/** Only mutations give these. */
const fromMutations = ['AuthPayload', 'SpApiPing'];

const schema = createSchema();
const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
  (type) => type != null,
);
const server = withServer();
const who = { nobody: () => null, viewer: () => server.viewer, owner: () => server.owner };

beforeAll(async () => {
  await seedOrders(server.database, 20);
  await server.database.query(
    `INSERT INTO amazon_connection (region, status, marketplace_ids) VALUES ('NA', 'ACTIVE', '{ATVPDKIKX0DER}')`,
  );
  await server.database.query(
    `INSERT INTO sync_run (status, trigger, dry_run, include_items, updated_after, updated_before, legs)
     VALUES ('OK', 'MANUAL', false, true, now(), now(), '[]')`,
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
      it(`${name} is for ${rootRules[name]}`, async () => {
        const rule = rootRules[name];
        expect(rule, `${name} has no rule in this test`).toBeDefined();
        const operation = `${root.name.toLowerCase()} { ${call(field)} }`;
        for (const [person, token] of Object.entries(who)) {
          // A session of its own: it ends with the call.
          const authorization = name === 'Mutation.logout' ? await signIn(person) : token();
          expect(refusalOf(await ask(operation, authorization)), `${person}: ${operation}`).toBe(
            expected(rule, person),
          );
        }
      });
    }
  }

  async function signIn(person: string): Promise<string | null> {
    if (person === 'nobody') return null;
    const caller = { address: '127.0.0.1', local: true };
    const { token } = await server.api.accounts.login({ email: `${person}@example.com`, password: PASSWORD }, caller);
    return `Bearer ${token}`;
  }
});

describe('fields', () => {
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
        for (const [person, token] of Object.entries(who)) {
          const answer = await ask(operation, token());
          expect(refusalOf(answer), `${person}: ${operation}`).toBe(expected(rule, person));
          if (person === 'owner') {
            expect(answer.errors).toBeUndefined();
            expect(JSON.stringify(answer.data), 'there is one to read').toContain(`"__typename":"${type.name}"`);
          }
        }
      });
    }
  }
});

describe('node', () => {
  const nodeOf = (type: string, id: bigint) => `{ node(id: "${encodeGlobalId(type, id)}") { __typename id } }`;

  it('shows a viewer themselves, and neither other users nor what is for owners, not even that it is there', async () => {
    const [owner, viewer] = await server.database.prisma.user.findMany({ orderBy: { id: 'asc' } });
    const own = await server.ask(nodeOf('User', viewer?.id ?? 0n), {}, server.viewer);
    expect(own).toMatchObject({ data: { node: { __typename: 'User' } } });
    for (const [type, id] of [
      ['User', owner?.id ?? 0n],
      ['AuditEntry', 1n],
      ['RejectedOrder', 1n],
      ['User', 999n],
    ] as const) {
      expect(await server.ask(nodeOf(type, id), {}, server.owner)).not.toHaveProperty('errors');
      const answer = await server.ask(nodeOf(type, id), {}, server.viewer);
      expect(answer).toMatchObject({ data: { node: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] });
    }
  });

  it.each(['AmazonOrder', 'AmazonOrderItem', 'SyncRun', 'AmazonConnection'])(
    'reads a %s for a viewer',
    async (type) => {
      const answer = await server.ask(nodeOf(type, 1n), {}, server.viewer);
      expect(answer).toEqual({ data: { node: { __typename: type, id: encodeGlobalId(type, 1n) } } });
      expect(await server.ask(nodeOf(type, 2n ** 62n), {}, server.viewer)).toEqual({ data: { node: null } });
    },
  );
});

it('gives a viewer the order without its payload, with a code', async () => {
  const answer = await server.ask('{ orders(first: 1) { nodes { amazonOrderId rawPayload } } }', {}, server.viewer);
  expect(answer).toMatchObject({
    data: { orders: { nodes: [{ amazonOrderId: expect.any(String), rawPayload: null }] } },
    errors: [{ path: ['orders', 'nodes', 0, 'rawPayload'], extensions: { code: 'FORBIDDEN' } }],
  });
});

it('gives who registers or signs in their own account', async () => {
  const query =
    'mutation { login(email: "viewer@example.com", password: "a long enough password") { token user { id email role } } }';
  expect(await server.ask(query)).toMatchObject({
    data: { login: { user: { email: 'viewer@example.com', role: 'VIEWER' } } },
  });
});

/** A subscription goes over server-sent events, and is left as soon as it has begun. */
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
  if (authorization) {
    await server.engine.untilWatching(1);
    leave.abort();
    await server.engine.untilWatching(0);
    return {};
  }
  return JSON.parse(/^data: (\{.*)$/m.exec(await response.text())?.[1] ?? '{}') as Answer;
}

/** The code of a refusal for who asks; not of one for what was asked. */
function refusalOf({ errors = [] }: Answer): unknown {
  return errors.find(({ message }) => / requires (the role OWNER|a session)/.test(message))?.extensions?.code;
}

function expected(rule: Rule | undefined, person: string): string | undefined {
  if (rule === 'everybody' || person === 'owner' || (rule === 'signed in' && person === 'viewer')) return undefined;
  return person === 'nobody' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
}

/** The field with made-up arguments, and as little selected as will do. */
function call(field: GraphQLField<unknown, unknown>): string {
  const args = field.args.filter(({ type }) => isNonNullType(type)).map((arg) => `${arg.name}: ${madeUp(arg)}`);
  return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${selection(field.type)}`;
}

function selection(type: GraphQLOutputType): string {
  return isLeafType(getNamedType(type)) ? '' : ' { __typename }';
}

function madeUp({ name, type }: Pick<GraphQLArgument, 'name' | 'type'>): string {
  const inner: GraphQLInputType = isNonNullType(type) ? type.ofType : type;
  if (isListType(inner)) return `[${madeUp({ name, type: inner.ofType })}]`;
  if (isEnumType(inner)) return inner.getValues()[0]?.name ?? '';
  if (isInputObjectType(inner)) {
    const fields = Object.values(inner.getFields()).filter((input) => isNonNullType(input.type));
    return `{ ${fields.map((input) => `${input.name}: ${madeUp(input)}`).join(', ')} }`;
  }
  const values: Record<string, string> = {
    ID: `"${encodeGlobalId(name === 'userId' ? 'User' : 'SyncRun', name === 'userId' ? 999n : 1n)}"`,
    String: '"made up"',
    Boolean: 'true',
    Date: '"2026-01-01"',
  };
  return values[getNamedType(inner).name] ?? `"${name}"`;
}
