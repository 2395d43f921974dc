import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A path within the package's own folder, the one of package.json, however deep this file stands in it once it is built. */
export const fromRoot = (path: string): string => join(root, path);

const root = folderOf(dirname(fileURLToPath(import.meta.url)));

function folderOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderOf(dirname(folder));
}
