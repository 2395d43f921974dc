import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { Principal } from '../../accounts/accounts.js';
import { UserError } from '../../core/errors.js';
import type { ApiParts } from '../../graphql/context.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import { type ExportFormat, exportFile, exportFormats } from '../../mirror/export/export-file.js';
import { authenticated } from './authenticated.js';
import { allowWriteTime } from './connection-limits.js';
import { type ExportDataset, exportDatasets } from './export-parameters.js';
import { isFromForeignPage } from './origin.js';
import { acceptsCoding, type Handler } from './respond.js';

/** When a client is to try again that found all exports taken. */
const RETRY_AFTER_SECONDS = 10;
/** CSV becomes a tenth with any level; higher ones take twice the time and more. */
const GZIP = { level: constants.Z_BEST_SPEED };

export interface ExportEndpoint {
  /** Handlers by path: `/export/orders.csv` … */
  readonly routes: Readonly<Record<string, Handler>>;
  /** Cuts all exports. */
  abort(): void;
  /** Resolves when no export is running any more. */
  settled(): Promise<unknown>;
}

export interface ExportOptions {
  readonly api: Pick<ApiParts, 'accounts' | 'database' | 'logger'>;
  /** Time without reading after which a client is disconnected (default: the request budget's). */
  readonly stallMs?: number | undefined;
}

/** Serves `/export/…`: orders, items and sales as files. */
export function createExportEndpoint({ api, stallMs = requestBudget.exportStallMs }: ExportOptions): ExportEndpoint {
  const running = new Map<AbortController, Promise<void>>();

  const respond = async (
    { request, response, principal }: { request: IncomingMessage; response: ServerResponse; principal: Principal },
    dataset: ExportDataset,
    format: ExportFormat,
  ) => {
    if (isFromForeignPage(request)) {
      throw new UserError('FORBIDDEN', 'Pages of other origins must not call this API from a browser.');
    }
    const rows = exportDatasets[dataset](request.url ?? '');
    const isGzipped = !exportFormats[format].isCompressed && acceptsCoding('gzip', request.headers['accept-encoding']);
    const headers = headersOf(dataset, format, isGzipped);
    if (request.method === 'HEAD') return void response.writeHead(200, headers).end();

    if (running.size >= requestBudget.maxExports) {
      response.setHeader('retry-after', String(RETRY_AFTER_SECONDS));
      throw tooManyExports();
    }
    const ending = new AbortController();
    const { signal } = ending;
    const end = (reason: string) => ending.abort(new Error(reason));
    signal.addEventListener('abort', () => cut(request));
    const stopListening = api.accounts.onEnd(untilTheEnd(principal), ({ message }) => end(message));
    const timer = setTimeout(() => end('It took longer than maxExportMs.'), requestBudget.maxExportMs);
    response.once('close', () => {
      if (!response.writableFinished) end('The client has left.');
    });
    allowWriteTime(request.socket, response, stallMs);
    const work = exportFile(api.database, { rows, format, signal }, (file) =>
      write(file, { response, headers, isGzipped, signal }),
    ).finally(() => {
      clearTimeout(timer);
      stopListening();
      running.delete(ending);
    });
    running.set(ending, work);
    try {
      await work;
    } catch (err) {
      if (signal.aborted) {
        api.logger.info({ dataset, format, reason: String(signal.reason.message) }, 'An export was cut.');
      } else {
        if (response.headersSent) cut(request);
        throw err;
      }
    }
  };

  const handler = (dataset: ExportDataset, format: ExportFormat): Handler =>
    authenticated(api.accounts, (request, response, principal) =>
      respond({ request, response, principal }, dataset, format),
    );

  const formats = Object.keys(exportFormats) as ExportFormat[];
  return {
    routes: Object.fromEntries(
      (Object.keys(exportDatasets) as ExportDataset[]).flatMap((dataset) =>
        formats.map((format) => [`/export/${dataset}.${format}`, handler(dataset, format)]),
      ),
    ),
    abort: () => {
      for (const ending of running.keys()) ending.abort(new Error('The server is shutting down.'));
    },
    settled: () => Promise.allSettled(running.values()),
  };
}

interface Target {
  readonly response: ServerResponse;
  readonly headers: Record<string, string>;
  readonly isGzipped: boolean;
  readonly signal: AbortSignal;
}

/** Sends the file no faster than the client reads. The headers follow the first rows, so that a failure before is an error. */
async function write(file: AsyncIterable<Buffer>, { response, headers, isGzipped, signal }: Target): Promise<void> {
  const gzip = isGzipped ? createGzip(GZIP) : null;
  const body: Writable = gzip ?? response;
  try {
    for await (const chunk of file) {
      signal.throwIfAborted();
      if (!response.headersSent) {
        response.writeHead(200, headers);
        gzip?.pipe(response);
      }
      if (!body.write(chunk)) await once(body, 'drain', { signal });
    }
    if (!response.headersSent) {
      response.writeHead(200, headers);
      gzip?.pipe(response);
    }
    const finished = once(response, 'finish', { signal });
    body.end();
    await finished;
  } finally {
    gzip?.destroy();
  }
}

/**
 * Resets the connection. Without it a proxy or client of HTTP/1.0, where the end of the connection is the end of the file,
 * would take a part for the whole.
 */
function cut({ socket }: IncomingMessage): void {
  socket.resetAndDestroy();
}

/** An export goes on when the session's token expires, but not when the session ends or a key expires. */
function untilTheEnd(principal: Principal): Principal {
  if (principal.kind === 'apiKey') return principal;
  return { ...principal, expiresAt: new Date(Date.now() + requestBudget.maxExportMs) };
}

function headersOf(dataset: string, format: ExportFormat, isGzipped: boolean): Record<string, string> {
  const date = new Date().toISOString().slice(0, 10);
  return {
    'content-type': exportFormats[format].contentType,
    'content-disposition': `attachment; filename="ordermirror-${dataset}-${date}.${format}"`,
    vary: 'accept-encoding',
    ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
  };
}

function tooManyExports(): UserError {
  return new UserError(
    'RATE_LIMITED',
    `${requestBudget.maxExports} exports are running in this process, which is the maximum. Try again when one has ended.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}
