// Types for the admin page's operations (admin/src/**/*.graphql), made from schema.graphql. An operation that does not
// match the schema fails the build.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as operationTypes from '@graphql-codegen/typescript-operations';
import { Kind, parse, print, stripIgnoredCharacters, visit } from 'graphql';

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
    pluginMap: { operations: operationTypes, documents: { plugin: writeDocuments } },
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

/** Adds `__typename` where the client would, so that a request that is sent without it is the same. */
const withTypeNames = (definition) =>
  visit(definition, {
    SelectionSet: (set, _key, parent) =>
      parent.kind === Kind.OPERATION_DEFINITION
        ? set
        : {
            ...set,
            selections: [...set.selections, { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }],
          },
  });

/**
 * Writes each operation as a text, with its fragments and the types of its data and variables. Syntax trees would take a
 * browser a quarter of the time until the page is of use.
 */
function writeDocuments(_schema, files) {
  const definitions = files.flatMap(({ document }) => document.definitions);
  const fragments = new Map(
    definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
  );
  const withFragments = (definition, found = new Set()) => {
    found.add(definition);
    visit(definition, {
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value);
        if (!found.has(fragment)) withFragments(fragment, found);
      },
    });
    return found;
  };
  const content = definitions
    .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    .map((operation) => {
      const texts = [...withFragments(operation)].map((each) => stripIgnoredCharacters(print(withTypeNames(each))));
      const type = operation.name.value + operation.operation.replace(/^./, (letter) => letter.toUpperCase());
      return `export const ${operation.name.value}Document = ${JSON.stringify(texts.join(' '))} as unknown as TypedDocumentNode<${type}, ${type}Variables>;`;
    });
  return { prepend: [`import type { TypedDocumentNode } from '@urql/preact';`], content: content.join('\n') };
}
