import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary file, written once and then read. */
export interface Spool {
  /** @throws what the file system throws, as on a full disk */
  write(file: AsyncIterable<Buffer>): Promise<void>;
  read(): AsyncIterable<Buffer>;
}

const CHUNK_BYTES = 256 * 1_024;

/** Opens a spool and closes it after `use`. Its file has no name while it is used, so that none is left by a killed process. */
export async function withSpool(use: (spool: Spool) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ordermirror-export-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const handle = await open(join(folder, 'file'), 'wx+', 0o600);
    try {
      await remove().catch(() => {}); // Windows keeps the names of open files.
      await use({
        write: async (file) => {
          for await (const chunk of file) await handle.writeFile(chunk);
        },
        read: () => handle.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK_BYTES }),
      });
    } finally {
      await handle.close();
    }
  } finally {
    await remove();
  }
}
