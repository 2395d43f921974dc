import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { printSchema } from 'graphql';
import { createSchema } from './schema.js';

const FILE = 'schema.graphql';
const HEADER = '# biome-ignore-all format: printed from src/graphql (npm run schema)';

/** Returns the content of schema.graphql; types and fields are sorted. */
export function schemaText(): string {
  return `${HEADER}\n\n${printSchema(createSchema())}\n`;
}

// As a program: `--write` writes schema.graphql in the working directory, `--check` compares it with the code.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--write')) writeFileSync(FILE, schemaText());
  else if (readFileSync(FILE, 'utf8') !== schemaText()) {
    process.stderr.write(`${FILE} differs from the code. Run \`npm run schema\` and commit it.\n`);
    process.exitCode = 1;
  }
}
