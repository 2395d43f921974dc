import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './with-process.js';

/** A disk in memory that a test can fill. */
export interface SmallDisk {
  readonly folder: string;
  /** Fills the disk until only the given number of megabytes is free. */
  fill(leaving: number): void;
  /** Frees the space again. */
  free(): void;
}

/** Mounts the disk until the end of the test; null, with a line of output, without permission (it takes root and Linux). */
export function smallDisk(megabytes: number): SmallDisk | null {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    process.stderr.write('No small disk can be mounted here (it takes root on Linux): a full disk is not tested.\n');
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  const filler = join(folder, 'filler');
  mkdirSync(join(folder, 'data'));
  return {
    folder: join(folder, 'data'),
    fill: (leaving) => {
      // In small steps, because the tested process uses space at the same time.
      const bit = Buffer.alloc(256 * 1024);
      rmSync(filler, { force: true });
      try {
        while (freeBytes(folder) > leaving * 1024 * 1024) appendFileSync(filler, bit);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    },
    free: () => rmSync(filler),
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
