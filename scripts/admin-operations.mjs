// Types for the admin page's operations (admin/src/**/*.graphql), made from schema.graphql. An operation that does not
// match the schema fails the build.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { parse } from 'graphql';

const FILE = 'admin/src/generated/operations.ts';

/** The admin page's operations, by path from the root. */
export function operationFiles(root) {
  return readdirSync(join(root, 'admin/src'), { recursive: true })
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => join('admin/src', name))
    .sort();
}

export async function generateOperations(root) {
  const read = (path) => parse(readFileSync(join(root, path), 'utf8'));
  const text = await codegen({
    filename: FILE,
    schema: read('schema.graphql'),
    documents: operationFiles(root).map((location) => ({ location, document: read(location) })),
    plugins: [{ operations: {} }, { documents: {} }],
    pluginMap: { operations: operationTypes, documents: typedDocumentNode },
    config: {
      useTypeImports: true,
      enumType: 'string-literal',
      skipTypename: true,
      dedupeFragments: true,
      strictScalars: true,
      scalars: { DateTime: 'string', Date: 'string', Decimal: 'string', JSON: 'unknown' },
    },
  });
  mkdirSync(join(root, dirname(FILE)), { recursive: true });
  writeFileSync(join(root, FILE), text);
}
