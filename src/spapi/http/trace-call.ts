import type { Tracer } from '../../core/tracer.js';
import type { SpApiCall } from './call-log.js';

/** Records a request to Amazon that has ended as a span, without its URL, which has ids of orders and page tokens. */
export function recordCall(tracer: Tracer, call: SpApiCall): void {
  const { operation, at, durationMs, attempt, status, requestId, errorCode, failed } = call;
  tracer.record(`request ${operation}`, {
    kind: 'CLIENT',
    start: at,
    end: new Date(at.getTime() + durationMs),
    failure: failed ? (errorCode ?? String(status ?? 'no answer')) : null,
    attributes: {
      'ordermirror.amazon.operation': operation,
      'ordermirror.amazon.request_id': requestId,
      'ordermirror.amazon.attempt': attempt,
      'http.response.status_code': status,
    },
  });
}
