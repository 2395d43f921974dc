// Builds what is outdated, then runs the command `ordermirror` in this process, so that it receives signals.
//   node scripts/run.mjs start|demo|simulator|… [arguments]
import { build } from './build.mjs';
import { endWithNpm } from './end-with-npm.mjs';

process.env.NODE_ENV ??= 'production';
endWithNpm();
// The protocol has standard output for itself, and so has a file.
if (['mcp', 'export'].includes(process.argv[2] ?? '')) console.log = console.error;
await build();
await import('../dist/ordermirror.js');
