import type { Clock } from '../../core/clock.js';
import { readAnswer, requestIdOf } from './answer.js';
import { requestText, type SpApiCall } from './call-log.js';
import type { CallWatch } from './call-watch.js';
import type { AnyOperation } from './endpoints.js';
import { SpApiFailure } from './failure.js';
import type { Answer, Http, HttpRequest } from './http.js';

export interface Exchange {
  readonly http: Http;
  readonly clock: Clock;
  readonly operation: AnyOperation;
  readonly request: HttpRequest;
  /** 1 for the first request of a call. */
  readonly attempt: number;
  readonly watch: CallWatch;
  /** Called with each request, once it was answered or has failed. */
  readonly onCall: ((call: SpApiCall) => void) | undefined;
  /** Called with each answer, of any status, before it is read. */
  readonly onAnswer?: (answer: Answer, sentAt: Date, ms: number) => Promise<void>;
}

/** What the log says of a request beside its answer. */
export type CallFacts = Pick<Exchange, 'clock' | 'operation' | 'attempt' | 'watch' | 'onCall'>;

/** Times one request. @param request as text (`requestText`) */
export function startRecord({ clock, operation, attempt, watch, onCall }: CallFacts, request: string) {
  const at = clock.now();
  const elapsedMs = () => Math.max(0, clock.now().getTime() - at.getTime());
  return {
    at,
    elapsedMs,
    /** Adds the request to the log of calls. @param error undefined if the answer was usable */
    end(answer: Pick<Answer, 'status' | 'headers'> | undefined, durationMs: number, error?: unknown): void {
      const failure = error instanceof SpApiFailure ? error : null;
      const aborted = error !== undefined && failure === null;
      onCall?.({
        runId: watch.runId ?? null,
        operation,
        at,
        durationMs,
        request,
        attempt,
        status: answer?.status ?? failure?.status ?? null,
        requestId: answer ? requestIdOf(answer) : null,
        errorCode: aborted ? 'ABORTED' : (failure?.code ?? null),
        errorMessage: aborted
          ? 'Ended before an answer was read.'
          : [failure?.message, failure?.details].filter(Boolean).join(' ') || null,
        failed: error !== undefined,
      });
    },
  };
}

/** Sends one request and returns its parsed answer. @throws {SpApiFailure}; the signal's reason when aborted */
export async function exchange(call: Exchange): Promise<unknown> {
  const { http, clock, operation, request, watch, onAnswer } = call;
  const record = startRecord(call, requestText(request));
  let answer: Answer | undefined;
  let durationMs: number | undefined;
  try {
    answer = await http.send(operation, request, watch.signal);
    durationMs = record.elapsedMs();
    await onAnswer?.(answer, record.at, durationMs);
    const value = readAnswer(operation, answer, clock.now());
    record.end(answer, durationMs);
    return value;
  } catch (error) {
    record.end(answer, durationMs ?? record.elapsedMs(), error);
    throw error;
  }
}
