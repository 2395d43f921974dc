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
  it('is the one in schema.graphql, and needs no database to be printed', () => {
    expect(readFileSync(fromRoot('schema.graphql'), 'utf8')).toBe(schemaText());
  });

  it('holds every name, type and default that clients were promised', () => {
    const promised = buildSchema(readFileSync(new URL('contract.graphql', import.meta.url), 'utf8'));
    const changes = [
      ...findBreakingChanges(promised, schema).filter(({ type }) => type !== BreakingChangeType.DIRECTIVE_REMOVED),
      ...findDangerousChanges(promised, schema).filter(
        ({ type }) => type === DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE,
      ),
    ];
    expect(changes.map(({ description }) => description)).toEqual([]);
    const text = printSchema(schema);
    expect(text).toContain('field: OrderSortField! = PURCHASE_DATE');
    expect(text).toContain('direction: SortDirection! = DESC');
  });

  it('reads by `node` exactly the types that are nodes', () => {
    const node = schema.getType('Node');
    const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
    expect(types.toSorted()).toEqual([...nodeTypes].toSorted());
  });
});
