// Checks types, lint and format, schema.graphql and architecture in parallel; lists the failed checks at the end.
import { spawn } from 'node:child_process';
import { build } from './build.mjs';

await build();
const checks = [
  ['Lint and format', 'npx', ['biome', 'ci', '.']],
  ['Types', 'npx', ['tsc', '--noEmit', '-p', 'tsconfig.json']],
  ['Types of the benchmarks', 'npx', ['tsc', '--noEmit', '-p', 'bench']],
  ['Types of the admin page and its operations', 'npx', ['tsc', '--noEmit', '-p', 'admin']],
  ['schema.graphql is up to date', process.execPath, ['dist/graphql/print-schema.js', '--check']],
  ['Architecture', 'npx', ['vitest', 'run', '--project', 'once', 'test/architecture.test.ts']],
];
const results = await Promise.all(checks.map(run));
const failed = results.filter((isOk) => !isOk).length;
if (failed > 0) {
  console.error(
    `\nnpm run check: ${failed} of ${checks.length} failed. \`npm run format\` fixes format and simple lint.`,
  );
  process.exit(1);
}

/** Resolves to whether the check passed; prints its output if it failed. */
function run([name, command, args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.once('error', (error) => (output += error.message));
    child.once('close', (status) => {
      console.log(`${status === 0 ? '✔' : '✘'} ${name}`);
      if (status !== 0) console.log(output.trim());
      resolve(status === 0);
    });
  });
}
