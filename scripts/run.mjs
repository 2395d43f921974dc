// Builds what is outdated, then runs one of the programs in this process, so that it receives signals.
//   node scripts/run.mjs ordermirror|ordermirror-move|ordermirror-report-role|cli/demo|cli/mcp|simulator/main [arguments of the program]
import { build } from './build.mjs';
import { endWithNpm } from './end-with-npm.mjs';

process.env.NODE_ENV ??= 'production';
endWithNpm();
const [program] = process.argv.splice(2, 1);
// The protocol has standard output for itself.
if (program === 'cli/mcp') console.log = console.error;
await build();
await import(`../dist/${program}.js`);
