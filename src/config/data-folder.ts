import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { StartError } from '../core/errors.js';
import { encryptionKeys, invalid, jwtSecret } from './environment.js';

/** The secrets that sign tokens and seal credentials. */
export interface Secrets {
  /** 32 characters or more. */
  readonly jwtSecret: string;
  /** Of 32 bytes each, newest first: the first one seals, all of them open. */
  readonly encryptionKeys: readonly [Buffer, ...Buffer[]];
}

/** The content of `keys.json`. */
const keysFile = z.object({ jwtSecret, encryptionKey: encryptionKeys });

/**
 * Creates the folder (mode 0700) and its parents.
 * @param dataDir the value of DATA_DIR
 * @throws {StartError} if that fails
 */
export function createDataFolder(dataDir: string): void {
  const path = resolve(dataDir);
  try {
    createFolder(path);
  } catch (error) {
    throw invalid('DATA_DIR', dataDir, `; ${path} can't be created (${reasonOf(error)})`);
  }
}

/** `mkdirSync(…, { recursive: true })` never returns for a path such as /proc/x/y, where no folder can be created. */
function createFolder(path: string): void {
  if (!existsSync(dirname(path))) createFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/**
 * Reads `keys.json` in the data folder, and creates it at the first start. Only its owner may read it (mode 0600).
 * @throws {StartError} if it can't be read or written, is malformed, or other users may read it
 */
export function openKeysFile(dataDir: string): Secrets {
  const existing = readKeysFile(dataDir);
  if (existing) return existing;
  createKeysFile(dataDir);
  const created = readKeysFile(dataDir);
  if (created) return created;
  throw new StartError(`${pathIn(dataDir)} was removed while this program created it. Start again.`);
}

/**
 * Reads `keys.json`; null if there is none.
 * @throws {StartError} if it can't be read, is malformed, or other users may read it
 */
export function readKeysFile(dataDir: string): Secrets | null {
  const path = pathIn(dataDir);
  let text: string;
  let mode: number;
  try {
    text = readFileSync(path, 'utf8');
    ({ mode } = statSync(path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new StartError(
      `The keys in ${path} can't be read: ${reasonOf(error)}. Make the user that runs this the owner of the file.`,
      { cause: error },
    );
  }
  // Windows has no such mode: there the folder's permissions decide.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new StartError(`The keys in ${path} can be read by other users of this machine. Run: chmod 600 '${path}'`);
  const secrets = parse(text);
  if (secrets) return secrets;
  throw new StartError(
    `The keys in ${path} are damaged. Restore the file from a backup; without one, move it away: then everybody signs in again and the Amazon credential is saved again.`,
  );
}

function parse(text: string): Secrets | null {
  try {
    const { jwtSecret, encryptionKey } = keysFile.parse(JSON.parse(text));
    return { jwtSecret, encryptionKeys: encryptionKey };
  } catch {
    return null; // The parser's message would quote the secrets.
  }
}

/** Creates the file by a hard link, which is atomic and replaces no file: two concurrent first starts use the same keys. */
function createKeysFile(dataDir: string): void {
  const path = pathIn(dataDir);
  const keys = { jwtSecret: randomBytes(48).toString('base64'), encryptionKey: randomBytes(32).toString('base64') };
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new StartError(
        `The keys can't be written to ${path}: ${reasonOf(error)}. Give the user that runs this write access to ${dataDir}, or set DATA_DIR.`,
        { cause: error },
      );
  } finally {
    rmSync(draft, { force: true });
  }
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'keys.json');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
