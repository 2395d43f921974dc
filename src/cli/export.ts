import { once } from 'node:events';
import { stderr, stdout } from 'node:process';
import type { Database } from '../database/database.js';
import { type ExportFormat, exportFile } from '../mirror/export/export-file.js';
import { remapProgress } from '../mirror/write/remap-orders.js';
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
    await warnOfEmptyColumns(database);
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

async function warnOfEmptyColumns(database: Database): Promise<void> {
  const { ordersDone, ordersTotal } = await remapProgress(database);
  if (ordersDone < ordersTotal)
    stderr.write(
      `Columns that are new in this version are empty for ${ordersTotal - ordersDone} of ${ordersTotal} orders: the server fills them while it runs. Export again then.\n`,
    );
}
