import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../core/errors.js';
import { encryptionKeys, jwtSecret, type Secrets } from './keys.js';

/**
 * The keys of the embedded database, kept beside it in `keys.json`; made at the first start, in a folder that is there.
 * Whoever reads the file can sign in as anyone, so that nobody but its owner may.
 * @throws {StartError} when it can't be read or written, is malformed, or others may read it.
 */
export function openKeysFile(dataDir: string): Secrets {
  return readKeysFile(dataDir) ?? make(pathIn(dataDir), dataDir);
}

/** The same, but null where there is no such file. */
export function readKeysFile(dataDir: string): Secrets | null {
  return read(pathIn(dataDir));
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'keys.json');
}

function read(path: string): Secrets | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    refuseOthers(path);
  } catch (error) {
    if (error instanceof StartError) throw error;
    // ENOTDIR: what should be the folder is none, so that there are no keys.
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw new StartError(
      `The keys in ${path} can't be read: ${reasonOf(error)}. Let the user that runs this own the file.`,
      { cause: error },
    );
  }
  return parse(text, path);
}

/** Windows has no such mode: there the folder's owner decides. */
function refuseOthers(path: string): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o077) === 0) return;
  throw new StartError(`The keys in ${path} can be read by other users of this machine. Run: chmod 600 '${path}'`);
}

function parse(text: string, path: string): Secrets {
  try {
    const file = JSON.parse(text) as { jwtSecret?: unknown; encryptionKey?: unknown };
    const secret = jwtSecret({ name: 'JWT_SECRET', value: typeof file.jwtSecret === 'string' ? file.jwtSecret : '' });
    const keys = encryptionKeys({
      name: 'ENCRYPTION_KEY',
      value: typeof file.encryptionKey === 'string' ? file.encryptionKey : '',
    });
    if (secret !== null && keys !== null) return { jwtSecret: secret, encryptionKeys: keys };
  } catch {
    // A parser's message would quote what the file holds.
  }
  throw new StartError(
    `The keys in ${path} are damaged. Put the file back from a backup; without one, move it away: then everybody signs in again and the Amazon credential is saved again.`,
  );
}

/** A hard link appears whole or not at all, and never over another: of two first starts, both use the same keys. */
function make(path: string, dataDir: string): Secrets {
  const text = JSON.stringify(
    { jwtSecret: randomBytes(48).toString('base64'), encryptionKey: randomBytes(32).toString('base64') },
    null,
    2,
  );
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new StartError(
        `The keys can't be written to ${path}: ${reasonOf(error)}. Let the user that runs this write to ${dataDir}, or set DATA_DIR.`,
        { cause: error },
      );
    }
  } finally {
    rmSync(draft, { force: true });
  }
  const secrets = read(path);
  if (secrets === null) throw new StartError(`The keys in ${path} vanished while they were made. Start again.`);
  return secrets;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
