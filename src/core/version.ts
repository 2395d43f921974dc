import { readFileSync } from 'node:fs';
import { fromRoot } from './package-root.js';

interface PackageFile {
  readonly version: string;
}

/** Ordermirror's own version, as package.json has it. */
export const version: string = (JSON.parse(readFileSync(fromRoot('package.json'), 'utf8')) as PackageFile).version;
