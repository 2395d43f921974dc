import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Returns a path in the folder with package.json, whether this file runs from `src` or from the build. */
export const fromRoot = (path: string): string => join(root, path);

const root = folderOf(dirname(fileURLToPath(import.meta.url)));

function folderOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderOf(dirname(folder));
}
