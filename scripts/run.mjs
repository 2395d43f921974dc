// Builds what is not built yet, then runs one of the programs in this same process, so that signals reach it.
//   node scripts/run.mjs ordermirror|ordermirror-move|cli/demo|simulator/main [arguments of the program]
import { build } from './build.mjs';
import { endWithNpm } from './end-with-npm.mjs';

process.env.NODE_ENV ??= 'production';
endWithNpm();
const [program] = process.argv.splice(2, 1);
await build();
await import(`../dist/${program}.js`);
