import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { StartError } from '../../src/core/errors.js';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ordermirror-keys-'));
  folder = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const keysFile = () => join(folder, 'keys.json');
const secrets = (more: Record<string, string> = {}) => loadConfig({ DATA_DIR: folder, ...more }).secrets;
const complaint = () => {
  try {
    secrets();
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).not.toContain('\n');
    return (error as StartError).message;
  }
  throw new Error('The keys were accepted.');
};

test('keys made at the first start are the same at the next, and nobody else can read them', () => {
  const first = secrets();
  expect(secrets()).toEqual(first);
  expect(statSync(keysFile()).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(['keys.json']);
});

test('no two folders get the same keys', () => {
  const first = secrets();
  rmSync(folder, { recursive: true });
  const second = secrets();
  expect(second.jwtSecret).not.toBe(first.jwtSecret);
  expect(second.encryptionKeys).not.toEqual(first.encryptionKeys);
});

test('what the environment gives comes first, the file fills in the rest', () => {
  const kept = secrets();
  const JWT_SECRET = 'x'.repeat(32);
  expect(secrets({ JWT_SECRET })).toEqual({ jwtSecret: JWT_SECRET, encryptionKeys: kept.encryptionKeys });
});

test('with both in the environment no file is made', () => {
  secrets({ JWT_SECRET: 'x'.repeat(32), ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') });
  expect(readdirSync(folder)).toEqual([]);
});

test('of many first starts at once, all have the same keys', async () => {
  const program = await compileKeysFile(parent);
  mkdirSync(folder);
  // They wait for one another, so that all of them find no file.
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const starts = Array.from({ length: 6 }, () => startElsewhere(program, { dataDir: folder, gate, threads: 6 }));
  const made = await Promise.all(starts);
  expect(new Set(made).size).toBe(1);
  expect(made[0]).toBe(secrets().jwtSecret);
  expect(readdirSync(folder)).toEqual(['keys.json']);
});

describe('refuses, in one line that says what to do,', () => {
  test('a file that others may read', () => {
    secrets();
    chmodSync(keysFile(), 0o640);
    expect(complaint()).toContain(`chmod 600 '${keysFile()}'`);
  });

  test.each([
    ['no JSON', 'not json: topsecret'],
    ['half a file', '{"jwtSecret": "topsecret-topsecret-topsecret-topsecret'],
    ['a list', '["topsecret"]'],
    ['null', 'null'],
    ['a short secret', JSON.stringify({ jwtSecret: 'topsecret', encryptionKey: Buffer.alloc(32).toString('base64') })],
    ['a short key', JSON.stringify({ jwtSecret: 'topsecret'.repeat(4), encryptionKey: 'AAAA' })],
    ['no key', JSON.stringify({ jwtSecret: 'topsecret'.repeat(4) })],
  ])('%s, and keeps it as it is', (_, text) => {
    secrets();
    writeFileSync(keysFile(), text);
    expect(complaint()).toMatch(/keys\.json are damaged.*backup/);
    expect(complaint()).not.toContain('topsecret');
    expect(readFileSync(keysFile(), 'utf8')).toBe(text);
  });
});

/** For threads, which know no TypeScript. */
async function compileKeysFile(into: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: fileURLToPath(new URL('../../src/config/keys-file.ts', import.meta.url)),
      outDir: join(into, 'compiled'),
      rollupOptions: { output: { entryFileNames: 'keys-file.mjs' } },
    },
    ssr: { noExternal: true },
  });
  return pathToFileURL(join(into, 'compiled/keys-file.mjs')).href;
}

/** In a thread of its own, since making the keys blocks. */
function startElsewhere(program: string, workerData: { dataDir: string; gate: Int32Array; threads: number }) {
  const script = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { openKeysFile } from ${JSON.stringify(program)};
    const { dataDir, gate, threads } = workerData;
    Atomics.add(gate, 0, 1);
    while (Atomics.load(gate, 0) < threads);
    parentPort.postMessage(openKeysFile(dataDir).jwtSecret);`;
  return new Promise<string>((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { workerData });
    worker.once('error', reject);
    worker.once('message', resolve);
  });
}
