import { once } from 'node:events';
import { stdout } from 'node:process';
import { type ExportFormat, exportFile } from '../mirror/export/export-file.js';
import { type ExportDataset, exportDatasets } from '../server/http/export-parameters.js';
import { withDatabase } from './database.js';
import { flagOf } from './export-options.js';

/**
 * `ordermirror export`: writes the same file as `/export/…` to standard output, without a server.
 * @param parameters those of the address `/export/…`, as texts
 */
export function exportToStdout(
  dataset: ExportDataset,
  format: ExportFormat,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const ending = new AbortController();
  // A reader such as `head` has enough.
  stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = 1;
    ending.abort(error);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      process.exitCode = 1;
      ending.abort(new Error(`${signal}: the file is not complete.`));
    });
  return withDatabase(async (database) => {
    const rows = exportDatasets[dataset](`?${new URLSearchParams(parameters)}`, flagOf);
    try {
      await exportFile(database, { rows, format, signal: ending.signal }, async (file) => {
        for await (const chunk of file)
          if (!stdout.write(chunk)) await once(stdout, 'drain', { signal: ending.signal });
      });
    } catch (error) {
      const { reason } = ending.signal;
      if ((reason as NodeJS.ErrnoException | undefined)?.code !== 'EPIPE') throw reason ?? error;
    }
  });
}
