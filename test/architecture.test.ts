import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve(import.meta.dirname, '../src');

/** A folder may import from the folders before it, and from itself. */
const ARROW = [
  ['generated', 'core'],
  ['config'],
  ['database'],
  ['spapi'],
  ['accounts'],
  ['connection'],
  ['mirror'],
  ['runs'],
  ['sync'],
  ['notifications'],
  ['history'],
  ['webhooks'],
  ['graphql'],
  ['mcp'],
  ['server'],
  ['upgrade'],
  ['app'],
  ['cli'],
];
/** The simulator shares no code with the rest, so that a mistake can't hide on both sides. */
const APART = 'simulator';

const MAX_LINES = 400;
const USUAL_LINES = 150;

interface SourceFile {
  readonly path: string;
  /** The first part of the path: the folder, or the file's own name. */
  readonly part: string;
  readonly lines: number;
  /** Files of ours that it imports, as paths. */
  readonly imports: readonly string[];
  readonly text: string;
}

const files: SourceFile[] = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('generated'))
  .map((path) => {
    const text = readFileSync(join(SRC, path), 'utf8');
    return { path, part: partOf(path), lines: text.split('\n').length, imports: importsOf(path, text), text };
  });

function partOf(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
  return specifiers.map((specifier) => relative(SRC, resolve(SRC, dirname(path), specifier)).replace(/\.js$/, '.ts'));
}

function placeOf(part: string): number {
  return ARROW.findIndex((parts) => parts.includes(part));
}

describe('the architecture', () => {
  it('has a place for every folder', () => {
    const parts = new Set(files.map((file) => file.part));
    expect([...parts].filter((part) => placeOf(part) < 0 && part !== APART)).toEqual([]);
  });

  it('imports along the arrow only', () => {
    const against = files.flatMap((file) =>
      file.imports
        .filter((imported) => {
          const part = partOf(imported);
          if (part === file.part) return false;
          if (file.part === APART) return true;
          if (part === APART) return !/^cli\/(demo[./]|ordermirror\.ts)/.test(file.path);
          return placeOf(part) > placeOf(file.part);
        })
        .map((imported) => `${file.path} imports ${imported}`),
    );
    expect(against).toEqual([]);
  });

  it('keeps spapi/http free of the APIs that use it', () => {
    const http = files.filter(({ path }) => path.startsWith('spapi/http/'));
    expect(http.flatMap(({ imports }) => imports).filter((path) => /^spapi\/(?!http\/)/.test(path))).toEqual([]);
  });

  it('has no cycles', () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      if (done.has(path) || trail.includes(path)) return;
      for (const imported of byPath.get(path)?.imports ?? []) visit(imported, [...trail, path]);
      done.add(path);
    };
    for (const file of files) visit(file.path, []);
    expect(cycles).toEqual([]);
  });

  it('limits the length of files', () => {
    expect(files.filter((file) => file.lines > MAX_LINES).map((file) => `${file.path}: ${file.lines}`)).toEqual([]);
    const usual = files.filter((file) => file.lines <= USUAL_LINES).length;
    expect(usual / files.length).toBeGreaterThan(0.8);
  });

  it('reads the environment in the programs only', () => {
    const readers = files.filter((file) => file.text.includes('process.env')).map((file) => file.path);
    expect(readers.filter((path) => !path.startsWith('cli/') && path !== 'config/environment.ts')).toEqual([]);
  });

  it('keeps GraphQL and HTTP out of the engine', () => {
    const forbidden = /from '(graphql|graphql-yoga|graphql-ws|ws|got|node:https?|@pothos\/[^']+)'/;
    expect(
      files
        .filter((file) => ['mirror', 'runs', 'sync'].includes(file.part) && forbidden.test(file.text))
        .map((file) => file.path),
    ).toEqual([]);
  });
});

/** Former names and phrases, each in two halves so that this file doesn't contain it. */
const FORMER_WORDS = [
  ['in', 'Turns'],
  ['keep', 'Up'],
  ['COMMIT_AT_', 'LEISURE'],
  ['set', 'Aside'],
  ['take', 'Back'],
  ['per', 'sist('],
  ['Pat', 'ience'],
  ['MO', 'ST_'],
  ['LONG', 'EST_'],
  ['NUD', 'GE'],
  ['Claim', 'Lost'],
  ['Stand', 'ing'],
  ['pass', 'Over'],
  ['split', 'Leg'],
  ['refuse', 'Hopeless'],
  ['carry', 'Out'],
  ['nobo', 'dys'],
  ['newest', 'First'],
  ['name', 'TheRun'],
  ['limit', 'Stay'],
  ['turn', 'Away'],
  ['What came', ' of it'],
  ['How it', ' paces itself'],
  ['Older', ' acts'],
  ['What was', ' done here'],
  ['The token counts', ' no longer'],
  ['lets', ' go of'],
  ['stran', 'ger'],
].map(([first, second]) => `${first}${second}`);

describe('the words of the project', () => {
  const root = resolve(import.meta.dirname, '..');
  const texts = ['src', 'test', 'docs', 'admin', 'scripts'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(ts|tsx|js|mjs|md|graphql|html)$/.test(path) && !path.includes('generated'))
      .map((path) => join(folder, path)),
  );

  it.each(FORMER_WORDS)('no longer include "%s"', (word) => {
    const all = [...texts, 'README.md', 'schema.graphql', 'prisma/schema.prisma'];
    expect(all.filter((path) => readFileSync(join(root, path), 'utf8').includes(word))).toEqual([]);
  });
});
