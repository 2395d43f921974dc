import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { oddText, oddValue, type Random, repeat } from './random.js';

/** Parameters of a GraphQL request; each may be of a wrong type. */
export interface Params {
  readonly query: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

/** Values from the database, so that operations reach it. */
export interface Known {
  readonly ids: readonly string[];
  readonly cursors: readonly string[];
  readonly texts: readonly string[];
}

type Field = GraphQLField<unknown, unknown>;
type Make = (random: Random, schema: GraphQLSchema, known: Known) => Params;

/** Mutations that end the session of the request. */
const EXCLUDED = /^logout|^removeCredential$/;

/** Kinds of operations, within and beyond the limits. */
export const operations: Readonly<Record<string, Make>> = {
  'valid query': (random, schema, known) => valid(random, schema, known, 'query'),
  'mutation of a viewer': (random, schema, known) => valid(random, schema, known, 'mutation'),
  aliases: (random, schema, known) => {
    const { query, variables } = valid(random, schema, known, 'query', 1, true);
    const [head, body] = [
      String(query).slice(0, String(query).indexOf('{')),
      String(query).slice(String(query).indexOf('{') + 1, -1),
    ];
    return {
      query: `${head}{ ${repeat(random.size(32), (n) => body.trim().replace(/^(\w+)/, `a${n}: $1`))} }`,
      variables,
    };
  },
  'pages of orders': (random, _schema, known) => ({
    query: random.pick([
      'query ($first: Int, $after: String, $filter: OrderFilter, $orderBy: OrderSort) { orders(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { totalCount nodes { id amazonOrderId orderTotal { amount currencyCode } items { sellerSku title itemPrice { amount } } } pageInfo { endCursor } } }',
      'query ($first: Int, $after: String, $filter: OrderFilter) { me { email } orders(first: $first, after: $after, filter: $filter) { edges { cursor node { id purchaseDate items { id asin } } } } }',
    ]),
    variables: {
      first: random.pick([undefined, 0, 1, 50, 200, 201, -1]),
      after: random.pick([undefined, ...known.cursors, forgedCursor(random)]),
      filter: random.chance(0.5)
        ? undefined
        : {
            search: random.pick([undefined, '7', 'sku_1', ...known.texts, oddText(random)]),
            statuses: random.pick([undefined, [], ['SHIPPED'], Array(random.size(220)).fill('PENDING')]),
          },
      orderBy: random.pick([undefined, { field: 'LAST_UPDATE_DATE', direction: 'ASC' }]),
    },
  }),
  'many ids': (random, _schema, known) => ({
    query: `query ($ids: [ID!]!) { ${repeat(random.size(31), (n) => `n${n}: nodes(ids: $ids) { id ... on AmazonOrder { items { id title } } }`)} }`,
    variables: {
      ids: Array.from({ length: random.size(210) }, () =>
        random.chance(0.9) && known.ids.length ? random.pick(known.ids) : oddText(random),
      ),
    },
  }),
  depth: (random) => {
    const levels = random.size(700);
    const [open, close] = random.pick([
      ['{ a ', '}'],
      ['{ node(id: [', '] }'],
      ['{ orders(filter: {a: ', '}) }'],
      ['[', ']'],
      ['{ ... ', '}'],
    ] as const);
    return {
      query: `{ a(x: ${repeat(levels, () => open, '')}1${repeat(levels, () => close, '')}) }`.replace(
        'a(x: {',
        random.chance(0.5) ? 'a {' : 'a(x: {',
      ),
    };
  },
  fragments: (random, schema) => {
    const count = random.size(130);
    const type = random.pick(['Query', 'AmazonOrder', '__Type', 'SyncRun']);
    const named = schema.getType(type);
    const fields = named && isObjectType(named) ? Object.keys(named.getFields()) : ['name'];
    const next = random.pick([
      (n: number) => n + 1,
      (n: number) => (n + 1) % count,
      () => random.int(count),
      (n: number) => n,
    ]);
    const parts = repeat(
      count,
      (n) =>
        `fragment F${n} on ${type} { ${random.pick(['ofType', 'x: ofType', ''])} ${random.chance(0.5) ? '{' : ''} ...F${next(n)} ${random.pick(fields)} ...F${next(n)} ${random.chance(0.5) ? '}' : ''} }`,
    );
    return { query: `{ ...F0 ${repeat(random.size(80), (n) => `...F${n}`)} } ${parts}` };
  },
  'fragments in fragments': (random) => {
    const levels = random.size(40);
    const [type, field] = random.pick([
      ['__Type', 'ofType'],
      ['__Type', 'interfaces'],
      ['__Type', 'fields { type'],
    ] as const);
    const close = field.includes('{') ? '}' : '';
    return {
      query: `{ __schema { types { ...F0 } } } ${repeat(levels, (n) => `fragment F${n} on ${type} { a: ${field} { ...F${n + 1} } ${close} b: ${field} { ...F${n + 1} } ${close} }`)} fragment F${levels} on ${type} { name }`,
    };
  },
  'fragments that spread the next one twice': (random) => {
    const [type, field] = random.pick([
      ['Query', ''],
      ['AmazonOrder', 'orders(first: 1) { nodes'],
      ['AmazonOrder', 'node(id: "x")'],
      ['AmazonConnection', 'connection'],
    ] as const);
    const last = random.size(58);
    const parts = repeat(last, (n) => `fragment F${n} on ${type} { ...F${n + 1} ...F${n + 1} }`);
    const close = field.includes('{') ? '}' : '';
    return {
      query: `${field ? `{ ${field} { ...F0 } ${close} }` : '{ ...F0 }'} ${parts} fragment F${last} on ${type} { __typename }`,
    };
  },
  'repeated fields': (random, schema) => ({
    query: `{ ${repeat(random.size(500), () => random.pick(['me { id email }', 'connection { marketplaces { id name } }', '__typename', 'orders { nodes { id } }', `${random.pick(Object.keys(schema.getQueryType()?.getFields() ?? {}))}`]))} }`,
  }),
  'unknown names': (random) => ({
    query: random.pick([
      () => `{ ${repeat(random.size(1_000), (n) => `${random.pick(['orderStatus', 'connectio', 'x'])}${n}`)} }`,
      () => `{ orders(${repeat(random.size(400), (n) => `arg${n}: 1`)}) { totalCount } }`,
      () => `{ me ${repeat(random.size(900), () => '@x')} { id } }`,
      () => `{ me ${repeat(random.size(300), () => '@include(if: true)')} { id } }`,
      () => `query (${repeat(random.size(400), (n) => `$v${n}: Int`)}) { me { id } }`,
      () => `{ orders(filter: {${repeat(random.size(400), (n) => `key${n}: "x"`)}}) { totalCount } }`,
      () => repeat(random.size(380), (n) => `query q${n} { me { id } }`),
    ])(),
  }),
  'long texts': (random) => ({
    query: random.pick([
      (size: number) => `{ __typename } #${'x'.repeat(size)}`,
      (size: number) => `{ order(amazonOrderId: "${'x'.repeat(size)}") { id } }`,
      (size: number) => `{ order(amazonOrderId: """${'\n'.repeat(size)}""") { id } }`,
      (size: number) => `{ ${'x'.repeat(size)} }`,
      (size: number) => `{ orders(first: ${'1'.repeat(size)}) { totalCount } }`,
      (size: number) => `{ a${','.repeat(size)} }`,
      (size: number) => `{ "${'\\u0041'.repeat(size / 6)}`,
      (size: number) => `{ ${'é'.repeat(size / 2)}`,
    ])(random.size(random.pick([2_000, 65_000, 120_000]))),
  }),
  'random tokens': (random) => ({
    query: repeat(random.size(2_100), () =>
      random.pick([
        ...'{ } ( ) [ ] : ! = @ $ ... | & a on query fragment mutation subscription null 1 -1.5e9 type schema'.split(
          ' ',
        ),
        ...['"s"', '"""b"""', '#c\n', '\ufeff', oddText(random).slice(0, 5)],
      ]),
    ),
  }),
  'wrong variables': (random, schema) => {
    const field = random.pick(
      Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ args }) => args.length > 0),
    );
    const names = field.args.map(({ name, type }, n) => ({ name, type, variable: `v${n}` }));
    const type = getNamedType(field.type);
    return {
      query: `query (${names.map(({ variable, type }) => `$${variable}: ${type}`).join(', ')}) { ${field.name}(${names.map(({ name, variable }) => `${name}: $${variable}`).join(', ')}) ${isCompositeType(type) ? '{ __typename }' : ''} }`,
      variables: random.chance(0.1)
        ? oddValue(random)
        : Object.fromEntries(
            names.map(({ variable }) => [
              variable,
              random.chance(0.3) ? { [oddText(random)]: oddValue(random) } : oddValue(random),
            ]),
          ),
    };
  },
  introspection: (random) => ({
    query: random.pick([
      () =>
        `{ __schema { ${repeat(random.size(31), (n) => `a${n}: types { fields { name args { type { name } } type { fields { name } } } }`)} } }`,
      () =>
        `{ __schema { types { ${repeat(random.size(12), () => 'fields { type {', '')} name ${repeat(random.size(12), () => '}}', '')} } } }`,
      () => `{ __type(name: ${JSON.stringify(oddText(random).slice(0, 50))}) { name fields { name } } }`,
    ])(),
  }),
  'odd parameters': (random) => ({
    query: random.chance(0.7) ? '{ __typename }' : oddValue(random),
    variables: random.chance(0.5) ? undefined : oddValue(random),
    operationName: random.chance(0.5)
      ? undefined
      : random.chance(0.5)
        ? 'x'.repeat(random.size(60_000))
        : oddValue(random),
    extensions: random.chance(0.5)
      ? undefined
      : random.chance(0.5)
        ? { persistedQuery: { version: 1, sha256Hash: oddText(random) } }
        : oddValue(random),
  }),
  subscription: (random, _schema, known) => ({
    query: random.pick([
      'subscription { syncProgress { id status } }',
      'subscription ($id: ID) { syncProgress(runId: $id) { id } }',
      `subscription { ${repeat(random.size(40), (n) => `a${n}: syncProgress { id }`)} }`,
      'subscription { syncProgress { id } __typename }',
    ]),
    variables: { id: random.pick([null, ...known.ids, oddText(random), oddValue(random)]) },
  }),
};

/** Returns a valid selection, with arguments of the right types (and odd values). */
function valid(
  random: Random,
  schema: GraphQLSchema,
  known: Known,
  kind: 'query' | 'mutation',
  fields = 1 + random.int(4),
  composite = false,
): Params {
  const root = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const argument = ({ name, type }: GraphQLArgument): string => {
    const variable = `v${declared.length}`;
    declared.push(`$${variable}: ${type}`);
    variables[variable] = inputOf(random, known, type);
    return `${name}: $${variable}`;
  };
  const select = (field: Field, depth: number): string => {
    const args = field.args.filter(({ type }) => isNonNullType(type) || random.chance(0.4)).map(argument);
    const type = getNamedType(field.type);
    const inner = isCompositeType(type) ? ` { ${selection(type as GraphQLObjectType, depth + 1)} }` : '';
    return `${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${inner}`;
  };
  const selection = (type: GraphQLObjectType, depth: number): string => {
    if (!isObjectType(type) && !isInterfaceType(type)) return '__typename';
    const all = Object.values(type.getFields()).filter(
      ({ type: of }) => depth < 6 || !isCompositeType(getNamedType(of)),
    );
    const taken = all.filter(() => random.chance(0.5));
    return ['__typename', ...taken.map((field) => select(field as Field, depth))].join(' ');
  };
  const candidates = Object.values(root?.getFields() ?? {}).filter(
    ({ name, type }) => !EXCLUDED.test(name) && (!composite || isCompositeType(getNamedType(type))),
  );
  const chosen = new Map(
    Array.from({ length: fields }, () => random.pick(candidates)).map((field) => [field.name, field]),
  );
  const body = [...chosen.values()].map((field) => select(field as Field, 0)).join(' ');
  const head = declared.length > 0 ? `(${declared.join(', ')})` : '';
  return { query: `${kind} ${head} { ${body} }`, variables };
}

function inputOf(random: Random, known: Known, type: GraphQLInputType, depth = 0): unknown {
  if (isNonNullType(type)) return inputOf(random, known, type.ofType, depth);
  if (random.chance(0.1)) return null;
  if (isListType(type))
    return Array.from({ length: random.size(random.chance(0.9) ? 10 : 210) }, () =>
      inputOf(random, known, type.ofType, depth + 1),
    );
  if (isEnumType(type)) return random.pick(type.getValues()).name;
  if (isInputObjectType(type))
    return Object.fromEntries(
      Object.values(type.getFields())
        .filter((field) => isNonNullType(field.type) || random.chance(0.5))
        .map((field) => [field.name, inputOf(random, known, field.type, depth + 1)]),
    );
  switch (type.name) {
    case 'Int':
      return random.pick([0, 1, 10, 50, 200, 201, -1, 2 ** 31 - 1]);
    case 'Float':
      return random() * 1e6;
    case 'Boolean':
      return random.chance(0.5);
    case 'ID':
      return known.ids.length > 0 && random.chance(0.8) ? random.pick(known.ids) : oddText(random);
    case 'Date':
      return random.pick(['2026-01-01', '2026-03-01', '2016-12-31', '0001-01-01', '9999-12-31', oddText(random)]);
    case 'DateTime':
      return random.pick(['2026-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', oddText(random)]);
    default:
      return random.chance(0.5)
        ? random.pick([...known.texts, ...known.cursors, 'a'])
        : random.chance(0.3)
          ? forgedCursor(random)
          : oddText(random);
  }
}

function forgedCursor(random: Random): string {
  const parts = random.pick<unknown>([
    [
      'PURCHASE_DATE',
      'DESC',
      random.pick(['0000-01-01T00:00:00.000Z', '9999-12-31T24:00:00.000Z', '2026-01-01T00:00:00.000Z']),
      random.pick(['1', '999999999999999999', '-1', 1]),
    ],
    [],
    oddValue(random, 4),
  ]);
  const text = random.chance(0.3)
    ? `${random.pick(['syncRuns', 'auditLog', 'AmazonOrder', 'User'])}:${random.pick(['1', '9223372036854775808', '999999999999999999'])}`
    : JSON.stringify(parts);
  return Buffer.from(text).toString('base64url');
}
