import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** The Standard Webhooks specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;
/** For how long a secret that was replaced signs too, so that a receiver can change its own meanwhile. */
export const PREVIOUS_SECRET_MS = 24 * 60 * 60_000;

export function newSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** Returns the key that a secret stands for. */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}

export interface SignedMessage {
  readonly id: string;
  /** Of the attempt, not of the event. */
  readonly at: Date;
  readonly body: string;
}

/** Returns the headers of the Standard Webhooks specification, with a signature by each key. */
export function signedHeaders({ id, at, body }: SignedMessage, keys: readonly Buffer[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
