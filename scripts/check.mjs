// Types, lint and format, schema.graphql, architecture: each is run, and all that fail are named at the end.
import { spawnSync } from 'node:child_process';
import { build } from './build.mjs';

await build();
const checks = [
  ['Types', 'npx', ['tsc', '--noEmit', '-p', 'tsconfig.json']],
  ['Types of the benchmarks', 'npx', ['tsc', '--noEmit', '-p', 'bench']],
  ['Types of the admin page, and its operations', 'npx', ['tsc', '--noEmit', '-p', 'admin']],
  ['Lint and format', 'npx', ['biome', 'ci', '.']],
  ['schema.graphql is up to date', process.execPath, ['dist/graphql/print-schema.js', '--check']],
  ['Architecture', 'npx', ['vitest', 'run', '--project', 'once', 'test/architecture.test.ts']],
];
const failed = [];
for (const [name, command, args] of checks) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  console.log(`${status === 0 ? '✔' : '✘'} ${name}`);
  if (status === 0) continue;
  failed.push(name);
  console.log(`${stdout}${stderr}`.trim());
}
if (failed.length > 0) {
  console.error(`\nnpm run check failed: ${failed.join(', ')}. \`npm run format\` mends format and simple lint.`);
  process.exit(1);
}
