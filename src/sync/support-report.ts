import type { AmazonConnection, Ping } from '../connection/types.js';
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
/** A test gives up after 30 s. */
const MAX_TEST_MS = 60_000;
/** The calls of tests, in the log of calls. */
const OF_TESTS = `run_id IS NULL AND operation IN ('token', 'getMarketplaceParticipations')`;

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
  const ofPing = (bind: Bind) => `${OF_TESTS} AND at BETWEEN ${bind(startedAt)} AND ${bind(checkedAt)}`;
  return reportOf(sql, startedAt, checkedAt, ofPing);
}

/**
 * Returns the same text about the connection's last check, if that was a test that failed: its call is the last one before
 * the check, and the one that the error names. Null if a run made the check, and once the calls are no longer kept.
 */
export async function checkReport(
  sql: Sql,
  {
    lastCheckAt,
    lastCheckOk,
    lastCheckError,
  }: Pick<AmazonConnection, 'lastCheckAt' | 'lastCheckOk' | 'lastCheckError'>,
): Promise<string | null> {
  if (lastCheckAt === null || lastCheckOk !== false) return null;
  const [call] = await sql.query<{ startedAt: Date | null }>(
    `WITH last AS (
       SELECT id, operation, failed, request_id FROM sp_api_call
        WHERE ${OF_TESTS} AND at BETWEEN $1 AND $2 ORDER BY id DESC LIMIT 1
     )
     SELECT (SELECT max(at) FROM sp_api_call AS first
              WHERE ${OF_TESTS} AND operation = last.operation AND attempt = 1 AND id <= last.id) AS "startedAt"
       FROM last
      WHERE CASE WHEN failed THEN request_id IS NULL OR strpos($3, request_id) > 0 ELSE strpos($3, operation) > 0 END`,
    [new Date(lastCheckAt.getTime() - MAX_TEST_MS), lastCheckAt, lastCheckError],
  );
  return call?.startedAt ? pingReport(sql, { ok: false, startedAt: call.startedAt, checkedAt: lastCheckAt }) : null;
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
