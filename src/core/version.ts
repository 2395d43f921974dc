import { readFileSync } from 'node:fs';
import { fromRoot } from './package-root.js';

interface PackageFile {
  readonly version: string;
}

/** Ordermirror's version, from package.json. */
export const version: string = (JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as PackageFile).version;
