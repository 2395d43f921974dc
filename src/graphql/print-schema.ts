import { checkSchemaFile, writeSchemaFile } from './schema-file.js';

// Run by itself, in the project's folder: `node dist/graphql/print-schema.js --write`, or `--check` to compare only.
if (process.argv.includes('--write')) {
  writeSchemaFile(process.cwd());
} else {
  const complaint = checkSchemaFile(process.cwd());
  if (complaint !== null) {
    process.stderr.write(`${complaint}\n`);
    process.exitCode = 1;
  }
}
