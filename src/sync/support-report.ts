import type { Ping } from '../connection/types.js';
import { version } from '../core/version.js';
import { type Bind, bindings, type Sql } from '../database/database.js';
import type { SyncRun } from '../generated/prisma/client.js';

type FailedRun = Pick<SyncRun, 'id' | 'status' | 'startedAt' | 'finishedAt'>;

interface ReportedCall {
  readonly operation: string;
  readonly at: Date;
  readonly durationMs: number;
  readonly request: string;
  readonly attempt: number;
  readonly status: number | null;
  readonly requestId: string | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

/** A call is repeated up to seven times. */
const MAX_CALLS = 10;

/**
 * Returns a text about a failed run for Amazon's support: the run's last calls that failed, each with its request id. Null for
 * a run that has not failed, or of which no call is in the log any more.
 */
export async function supportReport(sql: Sql, run: FailedRun): Promise<string | null> {
  if (run.status !== 'ERROR') return null;
  // Those that a stop has aborted are no failures of Amazon's.
  const ofRun = (bind: Bind) => `run_id = ${bind(run.id)} AND error_code IS DISTINCT FROM 'ABORTED'`;
  return reportOf(sql, run.startedAt, run.finishedAt ?? run.startedAt, ofRun);
}

/**
 * Returns the same text about a failed ping, whose calls are in the log. One that was aborted got no answer in time. Null for
 * a ping that did not fail, or that failed without a call.
 */
export async function pingReport(
  sql: Sql,
  { ok, startedAt, checkedAt }: Pick<Ping, 'ok' | 'startedAt' | 'checkedAt'>,
): Promise<string | null> {
  if (ok) return null;
  const ofPing = (bind: Bind) =>
    `run_id IS NULL AND operation IN ('token', 'getMarketplaceParticipations') AND at BETWEEN ${bind(startedAt)} AND ${bind(checkedAt)}`;
  return reportOf(sql, startedAt, checkedAt, ofPing);
}

async function reportOf(sql: Sql, from: Date, until: Date, condition: (bind: Bind) => string): Promise<string | null> {
  const failed = await readCalls(sql, condition, { failed: true });
  // Without a failed call: the last one, whose answer may be what failed.
  const calls = failed.length > 0 ? failed : await readCalls(sql, condition, { failed: false });
  if (calls.length === 0) return null;
  const [connection] = await sql.query<{ region: string; seller: string | null; marketplaces: string[] }>(
    `SELECT region, seller_identifier AS seller, coalesce(marketplace_ids, '{}') AS marketplaces FROM amazon_connection`,
  );
  return [
    `Client: Ordermirror ${version}, Node.js ${process.versions.node}`,
    ...(connection
      ? [
          `Region: ${connection.region}`,
          ...(connection.seller ? [`Seller: ${connection.seller}`] : []),
          ...(connection.marketplaces.length > 0 ? [`Marketplaces: ${connection.marketplaces.join(', ')}`] : []),
        ]
      : []),
    `Time: ${utc(from)} to ${utc(until)}`,
    '',
    `${failed.length > 0 ? 'Failed calls' : 'Last call'}, newest first:`,
    ...calls.flatMap((call) => ['', ...linesOf(call)]),
  ].join('\n');
}

function linesOf(call: ReportedCall): string[] {
  const { operation, request, at, durationMs, attempt, status, requestId, errorCode, errorMessage } = call;
  const error = [errorCode, errorMessage].filter((part) => part !== null).join(': ');
  return [
    `Operation: ${operation}, attempt ${attempt}`,
    `Request: ${request}`,
    `Sent: ${utc(at)}, ${status === null ? 'no answer' : 'answered'} after ${durationMs} ms`,
    ...(status === null ? [] : [`HTTP status: ${status}`]),
    `x-amzn-RequestId: ${requestId ?? 'none'}`,
    ...(error === '' ? [] : [`Error: ${error}`]),
  ];
}

function readCalls(
  sql: Sql,
  condition: (bind: Bind) => string,
  { failed }: { readonly failed: boolean },
): Promise<ReportedCall[]> {
  const { bind, values } = bindings();
  return sql.query<ReportedCall>(
    `SELECT operation, at, duration_ms AS "durationMs", request, attempt, status, request_id AS "requestId",
            error_code AS "errorCode", error_message AS "errorMessage"
       FROM sp_api_call
      WHERE ${condition(bind)} AND failed = ${bind(failed)}
      ORDER BY id DESC LIMIT ${bind(failed ? MAX_CALLS : 1)}`,
    values,
  );
}

function utc(at: Date): string {
  return `${at.toISOString()} (UTC)`;
}
