import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Returns a path in the package's folder, the one with package.json, from this file's source or build. */
export const fromRoot = (path: string): string => join(root, path);

const root = folderOf(dirname(fileURLToPath(import.meta.url)));

function folderOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderOf(dirname(folder));
}
