import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fromRoot } from '../../core/package-root.js';

const PACKED = fromRoot('dist/empty-database.tar.gz');
/** In bytes. A tar header is one block, content is padded to whole blocks. */
const BLOCK = 512;

/**
 * Creates an empty database, unless the folder has one: unpacks the one that `scripts/build.mjs` packed, with tables.
 * Running initdb would take several seconds and 900 MB of memory, more than twice what the server needs afterwards.
 * Atomic: a rename puts the folder in its place.
 */
export function createEmptyDatabase(folder: string): void {
  if (existsSync(join(folder, 'PG_VERSION'))) return;
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  unpack(gunzipSync(readFileSync(PACKED)), unfinished);
  renameSync(unfinished, folder);
}

/** Unpacks a tar file as PGlite's `dumpDataDir` writes it: files and folders with names of at most 100 bytes. */
function unpack(tar: Buffer, folder: string): void {
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const header = tar.toString('latin1', at, at + BLOCK);
    const field = (from: number, to: number) => header.slice(from, to).replace(/\0.*/s, '');
    const [path, size, isFolder] = [
      join(folder, field(0, 100)),
      Number.parseInt(field(124, 136), 8),
      header[156] === '5',
    ];
    at += BLOCK;
    if (isFolder) mkdirSync(path, { mode: 0o700 });
    else writeFileSync(path, tar.subarray(at, at + size), { mode: 0o600 });
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
}
