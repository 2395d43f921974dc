import { StartError } from '../core/errors.js';
import { unsetEmpty } from './environment.js';

/**
 * Takes what the file says where the environment says nothing, or holds an empty text; no file is fine.
 * @throws {StartError} for one that can't be read
 */
export function loadEnvFile(path: string): void {
  unsetEmpty();
  try {
    process.loadEnvFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new StartError(
      `${path} can't be read: it must be a text file that this user may read. Mend it, or move it away.`,
      { cause: error },
    );
  }
}
