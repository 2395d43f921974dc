import { noTracer, type Tracer } from '../core/tracer.js';
import type { QueuedDelivery } from './delivery-queue.js';
import { type Attempt, type Post, post } from './post.js';
import { signedHeaders } from './signature.js';

interface Sending extends Pick<Post, 'url' | 'rules' | 'timeoutMs' | 'agent' | 'signal'> {
  readonly delivery: QueuedDelivery;
  readonly webhookId: bigint;
  readonly keys: readonly Buffer[];
  readonly userAgent: string;
  readonly at: Date;
  readonly tracer?: Tracer | undefined;
}

/** Signs and sends a delivery once, as a span of its own; returns null if the signal ends it. */
export function sendDelivery(sending: Sending): Promise<Attempt | null> {
  const { delivery, webhookId, keys, userAgent, at, tracer = noTracer, ...request } = sending;
  const { messageId, type, body, attempts } = delivery;
  const headers = { ...signedHeaders({ id: messageId, at, body }, keys), 'user-agent': userAgent };
  const attributes = {
    'ordermirror.webhook.id': String(webhookId),
    'ordermirror.webhook.event': type,
    'ordermirror.webhook.attempt': attempts + 1,
  };
  return tracer.span('deliver webhook', { kind: 'CLIENT', parent: null, attributes }, async (span) => {
    const attempt = await post({ ...request, headers, body }).catch(() => null);
    span.set({ 'http.response.status_code': attempt?.status ?? null });
    if (!attempt?.ok) span.fail(String(attempt?.status ?? (attempt ? 'no response' : 'ended')));
    return attempt;
  });
}
