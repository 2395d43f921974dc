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

/** Sends one request and returns its parsed answer. @throws {SpApiFailure}; the signal's reason when aborted */
export async function exchange(call: Exchange): Promise<unknown> {
  const { http, clock, operation, request, attempt, watch, onCall, onAnswer } = call;
  const at = clock.now();
  const elapsed = () => Math.max(0, clock.now().getTime() - at.getTime());
  let answer: Answer | undefined;
  let durationMs: number | undefined;
  const report = (error?: unknown) => {
    const failure = error instanceof SpApiFailure ? error : null;
    const aborted = error !== undefined && failure === null;
    onCall?.({
      runId: watch.runId ?? null,
      operation,
      at,
      durationMs: durationMs ?? elapsed(),
      request: requestText(request),
      attempt,
      status: answer?.status ?? failure?.status ?? null,
      requestId: answer ? requestIdOf(answer) : null,
      errorCode: aborted ? 'ABORTED' : (failure?.code ?? null),
      errorMessage: aborted
        ? 'Ended before an answer was read.'
        : [failure?.message, failure?.details].filter(Boolean).join(' ') || null,
      failed: error !== undefined,
    });
  };
  try {
    answer = await http.send(operation, request, watch.signal);
    durationMs = elapsed();
    await onAnswer?.(answer, at, durationMs);
    const value = readAnswer(operation, answer, clock.now());
    report();
    return value;
  } catch (error) {
    report(error);
    throw error;
  }
}
