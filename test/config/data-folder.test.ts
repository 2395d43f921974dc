import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig, loadMoveConfig } from '../../src/config/config.js';
import { StartError } from '../../src/core/errors.js';

const JWT_SECRET = 'x'.repeat(32);
const KEYS = { JWT_SECRET, ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') };

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ordermirror-folder-'));
  folder = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const keysFile = () => join(folder, 'keys.json');
const secrets = (more: Record<string, string> = {}) => loadConfig({ DATA_DIR: folder, ...more }).secrets;
const startError = (variables: Record<string, string> = {}) => {
  try {
    secrets(variables);
  } catch (error) {
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).not.toContain('\n');
    return (error as StartError).message;
  }
  throw new Error('The data folder was accepted.');
};

describe('the data folder', () => {
  test('is created with its parents for this user alone; an existing one keeps its mode', () => {
    const DATA_DIR = join(folder, 'b');
    expect(loadConfig({ ...KEYS, DATA_DIR }).database).toEqual({ kind: 'pglite', dataDir: DATA_DIR });
    for (const path of [DATA_DIR, folder]) expect(statSync(path).mode & 0o777).toBe(0o700);
    mkdirSync(join(parent, 'wide'), { mode: 0o755 });
    symlinkSync(join(parent, 'wide'), join(parent, 'link'));
    loadConfig({ ...KEYS, DATA_DIR: join(parent, 'link') });
    expect(statSync(join(parent, 'wide')).mode & 0o777).toBe(0o755);
  });

  test('is not created for PostgreSQL, nor if another variable is invalid', () => {
    secrets({ ...KEYS, DATABASE_URL: 'postgresql://127.0.0.1/orders' });
    for (const wrong of [{ PORT: 'x' }, { JWT_SECRET: 'short' }, { ENCRYPTION_KEY: 'short' }])
      expect(startError(wrong)).toMatch(new RegExp(`^${Object.keys(wrong)[0]}`));
    expect(() => statSync(folder)).toThrow(/ENOENT/);
  });

  test.each(['a file', 'below a file', 'a dead link'])('is refused if it is %s', (what) => {
    writeFileSync(join(parent, 'a file'), '');
    symlinkSync(join(parent, 'nothing'), join(parent, 'a dead link'));
    const path = join(parent, what === 'below a file' ? 'a file/data' : what);
    for (const keys of [{}, KEYS]) {
      const message = startError({ ...keys, DATA_DIR: path });
      expect(message).toMatch(
        /^DATA_DIR is not valid: ".*". Expected a folder, or a place where this user may create one; .*\.$/,
      );
      expect(message).toContain(`is not valid: ${JSON.stringify(path)}`);
    }
  });

  test.runIf(process.platform === 'linux')('is refused at once in a file system without folders', () => {
    expect(startError({ DATA_DIR: '/proc/ordermirror/data' })).toMatch(
      /^DATA_DIR is not valid: "\/proc\/ordermirror\/data"\./,
    );
  });

  test('has no keys for a move if it is a file', () => {
    writeFileSync(folder, '');
    expect(loadMoveConfig({ DATA_DIR: folder, DATABASE_URL: 'postgresql://127.0.0.1/orders' }).kept).toBeNull();
  });
});

describe('keys.json', () => {
  test('is created at the first start for this user alone, and read at the next', () => {
    const first = secrets();
    expect(secrets()).toEqual(first);
    expect(statSync(keysFile()).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  test('differs between folders', () => {
    const first = secrets();
    rmSync(folder, { recursive: true });
    const second = secrets();
    expect(second.jwtSecret).not.toBe(first.jwtSecret);
    expect(second.encryptionKeys).not.toEqual(first.encryptionKeys);
  });

  test('supplies only what the environment lacks', () => {
    const kept = secrets();
    expect(secrets({ JWT_SECRET })).toEqual({ jwtSecret: JWT_SECRET, encryptionKeys: kept.encryptionKeys });
  });

  test('is not created if the environment has both keys', () => {
    secrets(KEYS);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is the same for many first starts at once', async () => {
    mkdirSync(folder);
    // The threads wait for each other, so that none finds an existing file.
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const created = await Promise.all(Array.from({ length: 6 }, () => openInThread({ folder, gate, threads: 6 })));
    expect(new Set(created).size).toBe(1);
    expect(created[0]).toBe(secrets().jwtSecret);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  test('is refused if other users may read it', () => {
    secrets();
    chmodSync(keysFile(), 0o640);
    expect(startError()).toContain(`chmod 600 '${keysFile()}'`);
  });

  test.each([
    ['no JSON', 'not json: topsecret'],
    ['half a file', '{"jwtSecret": "topsecret-topsecret-topsecret-topsecret'],
    ['a list', '["topsecret"]'],
    ['null', 'null'],
    ['a short secret', JSON.stringify({ jwtSecret: 'topsecret', encryptionKey: Buffer.alloc(32).toString('base64') })],
    ['a short key', JSON.stringify({ jwtSecret: 'topsecret'.repeat(4), encryptionKey: 'AAAA' })],
    ['no key', JSON.stringify({ jwtSecret: 'topsecret'.repeat(4) })],
  ])('is refused and left unchanged if it holds %s', (_, text) => {
    secrets();
    writeFileSync(keysFile(), text);
    expect(startError()).toMatch(/keys\.json are damaged.*backup/);
    expect(startError()).not.toContain('topsecret');
    expect(readFileSync(keysFile(), 'utf8')).toBe(text);
  });
});

/** Opens the keys in a thread, since creating them blocks. @returns the JWT secret */
function openInThread(workerData: { folder: string; gate: Int32Array; threads: number }): Promise<string> {
  const script = `
    import { parentPort, workerData } from 'node:worker_threads';
    import { openKeysFile } from ${JSON.stringify(new URL('../../dist/config/data-folder.js', import.meta.url).href)};
    const { folder, gate, threads } = workerData;
    Atomics.add(gate, 0, 1);
    while (Atomics.load(gate, 0) < threads);
    parentPort.postMessage(openKeysFile(folder).jwtSecret);`;
  return new Promise<string>((resolve, reject) => {
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(script)}`), { workerData });
    worker.once('error', reject);
    worker.once('message', resolve);
  });
}
