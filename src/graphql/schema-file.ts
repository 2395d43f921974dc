import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printSchema } from 'graphql';
import { createSchema } from './schema.js';

const COMMAND = 'npm run build && node dist/graphql/print-schema.js --write';
const HEAD = `# biome-ignore-all format: printed from src/graphql (${COMMAND})`;

/** The schema as schema.graphql holds it: sorted by Pothos, so that the order of the code doesn't show. */
export function schemaText(): string {
  return `${HEAD}\n\n${printSchema(createSchema())}\n`;
}

/** Null when schema.graphql says what the code does; else what to do about it. */
export function checkSchemaFile(root: string): string | null {
  return readFileSync(fileIn(root), 'utf8') === schemaText()
    ? null
    : `schema.graphql is not what the code says. Run \`${COMMAND}\` and commit it.`;
}

export function writeSchemaFile(root: string): void {
  writeFileSync(fileIn(root), schemaText());
}

function fileIn(root: string): string {
  return join(root, 'schema.graphql');
}
