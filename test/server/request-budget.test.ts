import { readFileSync } from 'node:fs';
import { parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../src/core/package-root.js';
import { createCompiledOperations } from '../../src/graphql/compiled-operations.js';
import { checkOperation } from '../../src/graphql/limits/check-operation.js';
import { requestBudget } from '../../src/graphql/limits/request-budget.js';
import { createSchema } from '../../src/graphql/schema.js';
import { createDocumentCache, weightOf } from '../../src/server/plugins/use-document-cache.js';

describe('the request budget', () => {
  it('#39 #40 #41 is documented in docs/api.md with the same numbers', () => {
    const text = readFileSync(fromRoot('docs/api.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)];
    expect(Object.fromEntries(rows.map(([, name, value]) => [name, Number(value?.replaceAll(',', ''))]))).toEqual(
      requestBudget,
    );
  });

  it('#39 limits cached documents by bytes, and drops the least recently used', () => {
    const [a, b, c, huge] = ['{ a }', '{ b }', '{ c }', `{ ${'d '.repeat(100)} }`] as const;
    const cache = createDocumentCache(2 * (weightOf(parse(a)) + 2 * a.length));
    const add = (text: string) => cache.set(text, parse(text));
    add(a);
    add(b);
    cache.get(a);
    add(c);
    add(huge);
    expect([a, b, c, huge].filter((text) => cache.has(text))).toEqual([a, c]);
    expect(cache.calculatedSize).toBe(cache.maxSize);
  });
});

describe('#41 the number of objects, counted with variables, aliases and fragments', () => {
  const schema = createSchema();
  const check = (text: string, variableValues: Record<string, unknown> = {}) => {
    const document = parse(text);
    const [definition] = document.definitions;
    if (definition?.kind !== 'OperationDefinition') throw new Error('No operation.');
    const checked = checkOperation({ schema, document, variableValues }, definition);
    return 'error' in checked ? checked.error.message : 'allowed';
  };
  const PAGE = 'orders(first: 200) { nodes { id amazonOrderId items { id title itemPrice { amount } } } }';

  it.each<[string, string, Record<string, unknown>?]>([
    ['the largest page with items', `{ ${PAGE} }`],
    ['the maximum of ids', 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: Array(200).fill('x') }],
    ['the whole schema', '{ __schema { types { name fields { name args { name } type { name } } } } }'],
    ['ten years of sales', '{ salesByDay(from: "2017-01-01", to: "2026-12-31") { date revenue } }'],
    [
      'a row for each product',
      '{ sales(from: "2026-01-01", to: "2026-12-31", interval: TOTAL, by: [SKU]) { from to currencyCode marketplaceId sellerSku asin title fulfilledBy orders units exactUnits unknownPriceUnits revenue shipping giftWrap tax discount } }',
    ],
    ['skipped fields', `query ($no: Boolean = false) { ${aliased(20, PAGE, '@include(if: $no)')} }`],
  ])('allows %s', (_what, text, variables) => {
    expect(check(text, variables)).toBe('allowed');
  });

  it.each<[string, string, Record<string, unknown>?]>([
    ['aliases', `{ ${aliased(20, PAGE)} }`],
    [
      'aliases in fragments',
      `{ ${aliased(20, 'orders(first: 200) { ...A }')} } fragment A on QueryOrdersConnection { nodes { ...B } edges { node { ...B } } } fragment B on AmazonOrder { items { itemPrice { amount } } }`,
    ],
    ['variables', `query ($n: Int) { ${aliased(20, PAGE.replace('200', '$n'))} }`, { n: 200 }],
    ['variables by their default', `query ($n: Int = 200) { ${aliased(20, PAGE.replace('200', '$n'))} }`],
    [
      'ids',
      `query ($ids: [ID!]!) { ${aliased(29, 'nodes(ids: $ids) { ... on AmazonOrder { items { id } } }')} }`,
      { ids: Array(200).fill('x') },
    ],
    ['documents', `{ orders(first: 200) { nodes { ${aliased(20, 'rawPayload')} } } }`],
    ['days of sales', `{ ${aliased(20, 'salesByDay(from: "2017-01-01", to: "2026-12-31") { date }')} }`],
    ['rows of sales', `{ ${aliased(5, 'sales(from: "2026-01-01", to: "2026-12-31", first: 5000) { revenue }')} }`],
    ['the schema', `{ __schema { ${aliased(20, 'types { fields { type { fields { name } } } }')} } }`],
    ['fragments in fragments', `{ __schema { types { ...F0 } } } ${nested(14)}`],
  ])('rejects too many by %s', (_what, text, variables) => {
    expect(check(text, variables)).toMatch(/asks for (up to \d+|too many) objects; at most 10000 are allowed/);
  });

  it('rejects lists and texts that are too long, at any depth', () => {
    const ids = Array(201).fill('x');
    expect(check('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toBe(
      '`ids` has 201 values; at most 200 are allowed.',
    );
    const statuses = 'query ($s: [String!]) { orders(filter: { statuses: $s }) { totalCount } }';
    expect(check(statuses, { s: ids })).toContain('`statuses` has 201 values');
    const search = 'query ($f: OrderFilter) { orders(filter: $f) { totalCount } }';
    expect(check(search, { f: { search: 'x'.repeat(10_001) } })).toContain('`search` has 10001 characters');
  });
});

describe('#40 a repeated operation', () => {
  const schema = createSchema();
  const compiled = (text: string) => {
    const document = parse(text);
    expect(validate(schema, document)).toEqual([]);
    const compiledOperation = createCompiledOperations();
    const args = { schema, document, variableValues: {}, operationName: text.startsWith('query Q0') ? 'Q0' : null };
    expect(compiledOperation(args)).toBeNull();
    return compiledOperation(args) !== null;
  };
  const NODES = 'nodes { ...F } edges { node { ...F } }';
  const F = `fragment F on AmazonOrder { id amazonOrderId orderStatus purchaseDate lastUpdateDate items { id asin title } }`;

  it('is compiled', () => {
    expect(compiled(`{ ${aliased(10, `orders { ${NODES} }`)} } ${F}`)).toBe(true);
  });

  it.each([
    ['many aliases of long fragments', `{ ${aliased(30, `orders { ${NODES} }`)} } ${F}`],
    ['fragments that spread the next one twice', `{ orders { nodes { ...F0 } } } ${spreadTwice(20)}`],
    [
      'many operations',
      Array.from({ length: 30 }, (_, n) => `query Q${n} { orders { ${NODES} } }`)
        .join(' ')
        .concat(F),
    ],
  ])('is not compiled if it has many selections with fragments written out: %s', (_what, text) => {
    const started = performance.now();
    expect(compiled(text)).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

function aliased(count: number, field: string, directive = ''): string {
  const [name = '', ...rest] = field.split(/(?= \{)/);
  return Array.from({ length: count }, (_, n) => `a${n}: ${name} ${directive}${rest.join('')}`).join('\n');
}

function spreadTwice(levels: number): string {
  const parts = Array.from({ length: levels }, (_, n) => `fragment F${n} on AmazonOrder { ...F${n + 1} ...F${n + 1} }`);
  return `${parts.join(' ')} fragment F${levels} on AmazonOrder { id }`;
}

/** Each level selects the next one twice: 2^levels fields. */
function nested(levels: number): string {
  const parts = Array.from(
    { length: levels },
    (_, n) => `fragment F${n} on __Type { a: ofType { ...F${n + 1} } b: ofType { ...F${n + 1} } }`,
  );
  return `${parts.join(' ')} fragment F${levels} on __Type { name }`;
}
