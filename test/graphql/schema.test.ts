import { readFileSync } from 'node:fs';
import {
  BreakingChangeType,
  buildSchema,
  DangerousChangeType,
  findBreakingChanges,
  findDangerousChanges,
  isInterfaceType,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { fromRoot } from '../../src/core/package-root.js';
import { nodeTypes } from '../../src/graphql/pagination/global-id.js';
import { schemaText } from '../../src/graphql/print-schema.js';
import { createSchema } from '../../src/graphql/schema.js';

const schema = createSchema();

describe('the schema', () => {
  it('equals schema.graphql, and is printed without a database', () => {
    expect(readFileSync(fromRoot('schema.graphql'), 'utf8')).toBe(schemaText());
  });

  it('has all names, types and defaults of the contract', () => {
    const contract = buildSchema(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'));
    const changes = [
      ...findBreakingChanges(contract, schema).filter(({ type }) => type !== BreakingChangeType.DIRECTIVE_REMOVED),
      ...findDangerousChanges(contract, schema).filter(
        ({ type }) => type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
      ),
    ];
    expect(changes.map(({ description }) => description)).toEqual([]);
    const text = printSchema(schema);
    expect(text).toContain('field: OrderSortField! = PURCHASE_DATE');
    expect(text).toContain('direction: SortDirection! = DESC');
  });

  it('returns exactly the Node types by `node`', () => {
    const node = schema.getType('Node');
    const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
    expect(types.toSorted()).toEqual([...nodeTypes].toSorted());
  });
});
