// Makes what is not committed: the Prisma client (src/generated), the compiled server (dist) and the admin page (dist/admin).
// Each is built only if its sources have changed. With --schema it writes schema.graphql first, which the page is built from.
//   node scripts/build.mjs [--schema]
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
/** Packages that load their own files at run time. */
const BESIDE = ['@electric-sql/pglite', '@prisma/client', 'pino'];

if (import.meta.url === pathToFileURL(process.argv[1]).href) await build({ schema: process.argv.includes('--schema') });

export async function build({ schema = false } = {}) {
  generatePrismaClient();
  compile();
  if (schema) run([join(root, 'dist/graphql/print-schema.js'), '--write']);
  await bundleServer();
  await buildAdminPage();
  renderGraphiQL();
  packEmptyDatabase();
}

function generatePrismaClient() {
  const stamp = join(root, 'src/generated/.made-from');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'prisma/schema.prisma')))
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.log('Generating the Prisma client …');
  run([join(dirname(require.resolve('prisma/package.json')), 'build/index.js'), 'generate', '--no-hints'], {
    // Generating needs no schema engine, but Prisma would download one unless this names an executable.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
  });
  writeFileSync(stamp, wanted);
}

/** Compiles from nothing, so that neither files of former versions stay nor missing ones are taken for compiled. */
function compile() {
  const dist = join(root, 'dist');
  const stamp = join(dist, '.made-from');
  const wanted = hashOf([...filesIn('src'), 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!existsSync(stamp)) console.log('Compiling …');
  mkdirSync(dist, { recursive: true });
  const isOfOtherStep = (name) =>
    ['admin', 'graphiql', 'empty-database.tar.gz', '.bundled-from', '.empty-database-from'].includes(name) ||
    name.startsWith('ordermirror');
  for (const name of readdirSync(dist)) if (!isOfOtherStep(name)) rmSync(join(dist, name), { recursive: true });
  run([join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'), '-p', join(root, 'tsconfig.build.json')]);
  writeFileSync(stamp, wanted);
}

/**
 * Bundles the command `ordermirror`, and the app (for programs that start it themselves), with their dependencies into few
 * files: a start takes half the time that it takes to find and read a thousand modules, and the package needs few others.
 * Packages that read files of their own stay outside. Source maps lead back to src (`node --enable-source-maps`).
 */
async function bundleServer() {
  const stamp = join(root, 'dist/.bundled-from');
  const wanted = readFileSync(join(root, 'dist/.made-from'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  const { build: bundle } = await import('vite');
  for (const file of readdirSync(join(root, 'dist')))
    if (file.startsWith('ordermirror')) rmSync(join(root, 'dist', file));
  const input = { ordermirror: 'src/cli/ordermirror.ts', 'ordermirror-app': 'src/app.ts' };
  await bundle({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    ssr: { noExternal: true, external: BESIDE },
    build: {
      ssr: true,
      outDir: 'dist',
      emptyOutDir: false,
      sourcemap: true,
      rolldownOptions: {
        input,
        output: { entryFileNames: '[name].js', chunkFileNames: 'ordermirror-[name]-[hash].js' },
      },
    },
  });
  writeFileSync(stamp, wanted);
}

/** The page that the server serves at /admin. Vite is loaded only when there is something to build. */
async function buildAdminPage() {
  const stamp = join(root, 'dist/admin/.made-from');
  const sources = filesIn('admin').filter((path) => !path.includes('generated'));
  const wanted = hashOf([...sources, 'schema.graphql', 'package-lock.json']);
  if (existsSync(stamp) && existsSync(join(root, 'admin/src/generated')) && readFileSync(stamp, 'utf8') === wanted)
    return;
  console.log('Building the admin page …');
  const { generateOperations } = await import('./admin-operations.mjs');
  await generateOperations(root);
  const { build: bundle } = await import('vite');
  await bundle({ configFile: join(root, 'admin/vite.config.js'), logLevel: 'warn' });
  compress('dist/admin');
  writeFileSync(stamp, wanted);
}

/** GraphiQL, which the server serves at /graphql. */
function renderGraphiQL() {
  const stamp = join(root, 'dist/graphiql/.made-from');
  const wanted = hashOf(['scripts/graphiql.mjs', 'package-lock.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  run([join(root, 'scripts/graphiql.mjs'), join(root, 'dist/graphiql')]);
  compress('dist/graphiql');
  writeFileSync(stamp, wanted);
}

/** Writes a .br and a .gz beside each file, for clients that accept those. Fonts (woff2) are compressed already. */
function compress(folder) {
  for (const path of filesIn(folder)) {
    if (!/\.(html|js|css|svg)$/.test(path)) continue;
    const content = readFileSync(join(root, path));
    writeFileSync(join(root, `${path}.br`), brotliCompressSync(content));
    writeFileSync(join(root, `${path}.gz`), gzipSync(content, { level: 9 }));
  }
}

/** The empty database that the first start unpacks instead of running initdb and all migrations. */
function packEmptyDatabase() {
  const stamp = join(root, 'dist/.empty-database-from');
  const wanted = hashOf([
    'scripts/empty-database.mjs',
    'dist/database/migrate.js',
    'package-lock.json',
    'dist/database/indexes.js',
    'prisma/indexes.sql',
    ...filesIn('prisma/migrations'),
  ]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  run([join(root, 'scripts/empty-database.mjs'), join(root, 'dist/empty-database.tar.gz')]);
  writeFileSync(stamp, wanted);
}

/** Paths from the root, sorted. */
function filesIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

/** Runs a Node.js program; prints its output only if it fails. */
function run(args, env = {}) {
  const child = spawnSync(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' });
  if (child.status === 0) return;
  console.error(`${child.stdout ?? ''}${child.stderr ?? ''}${child.error ?? ''}`.trim());
  console.error(`\nThe build stopped: \`node ${args.join(' ')}\` failed.`);
  process.exit(1);
}
