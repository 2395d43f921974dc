import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer before it is sent: a string unchanged, anything else as JSON. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/**
 * How a body is sent: complete, in chunks over `ms` milliseconds, or without its end (of a stream, without the second half of
 * its last chunk): then the connection is cut, at once or when `until` resolves.
 */
export type Delivery =
  | { kind: 'complete' }
  | { kind: 'truncated'; until?: Promise<void> }
  | { kind: 'chunks'; ms: number };

const MAX_BODY_BYTES = 64 * 1024;
const CHUNKS = 10;

/** Serialised JSON in pieces, to be concatenated. */
export class JsonText {
  readonly pieces: readonly Buffer[];

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
  }
}

/** A body that is generated while it is sent, without a content-length. */
export class StreamBody {
  readonly open: () => Readable;

  constructor(open: () => Readable) {
    this.open = open;
  }
}

/** An error answer, thrown where the error is found. */
export class ErrorReply extends Error {
  override readonly name = 'ErrorReply';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`error answer with status ${reply.status}`);
    this.reply = reply;
  }
}

/** Returns the body as text; throws if it is longer than `maxBytes` (default 64 KB). */
export async function readBody(request: IncomingMessage, maxBytes = MAX_BODY_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new ErrorReply({ status: 413, body: '' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends an answer; `x-amzn-RequestId` is on all of them (model). */
export async function send(
  response: ServerResponse,
  reply: Reply,
  delivery: Delivery = { kind: 'complete' },
): Promise<void> {
  const { body } = reply;
  if (body instanceof StreamBody) return sendStream(response, reply, body.open(), delivery);
  const isText = typeof body === 'string';
  const pieces = body instanceof JsonText ? body.pieces : [Buffer.from(isText ? String(body) : JSON.stringify(body))];
  response.writeHead(reply.status, {
    'content-type': isText ? 'text/html' : 'application/json',
    ...reply.headers,
    'x-amzn-RequestId': randomUUID(),
    'content-length': pieces.reduce((sum, piece) => sum + piece.length, 0),
  });
  if (delivery.kind === 'complete') {
    response.cork();
    for (const piece of pieces) response.write(piece);
    response.end();
    response.uncork();
    return;
  }
  const bytes = Buffer.concat(pieces);
  if (delivery.kind === 'truncated') {
    response.write(bytes.subarray(0, bytes.length >> 1), () => {
      if (delivery.until === undefined) response.destroy();
    });
    await delivery.until;
    if (delivery.until !== undefined) response.destroy();
    return;
  }
  const size = Math.ceil(bytes.length / CHUNKS);
  for (let from = 0; from < bytes.length && !response.destroyed; from += size) {
    response.write(bytes.subarray(from, from + size));
    await sleep(delivery.ms / CHUNKS);
  }
  response.end();
}

/** Sends a stream; it pauses while the client doesn't read. */
async function sendStream(response: ServerResponse, reply: Reply, stream: Readable, delivery: Delivery): Promise<void> {
  response.writeHead(reply.status, { ...reply.headers, 'x-amzn-RequestId': randomUUID() });
  const isWhole = delivery.kind !== 'truncated';
  await pipeline(Readable.from(pieces(stream, delivery), { objectMode: false }), response, { end: isWhole });
  if (isWhole) return;
  await delivery.until;
  response.socket?.destroySoon();
}

async function* pieces(stream: Readable, delivery: Delivery): AsyncGenerator<Buffer> {
  let held: Buffer | undefined;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (held !== undefined) yield* inParts(held, delivery);
    held = chunk;
  }
  if (held === undefined) return;
  if (delivery.kind === 'truncated') yield held.subarray(0, held.length >> 1);
  else yield* inParts(held, delivery);
}

/** Each chunk in parts over the delivery's time. */
async function* inParts(chunk: Buffer, delivery: Delivery): AsyncGenerator<Buffer> {
  if (delivery.kind !== 'chunks') return yield chunk;
  const size = Math.ceil(chunk.length / CHUNKS);
  for (let from = 0; from < chunk.length; from += size) {
    yield chunk.subarray(from, from + size);
    await sleep(delivery.ms / CHUNKS);
  }
}

/** An SP-API error (model: ErrorList). `details` is often empty. */
export function apiError(status: number, code: string, message: string, details = ''): Reply {
  return { status, body: { errors: [{ code, message, details }] } };
}

/** 400; `details` helps the developer, Amazon mostly sends none. */
export function invalidInput(details = ''): ErrorReply {
  return new ErrorReply(apiError(400, 'InvalidInput', 'Invalid Input', details));
}

/** 403, for a token, role, region or marketplace. */
export function unauthorized(details = ''): ErrorReply {
  return new ErrorReply(apiError(403, 'Unauthorized', 'Access to requested resource is denied.', details));
}

/** 403 for an unknown path, or a request without a token. */
export function missingToken(): ErrorReply {
  return new ErrorReply(apiError(403, 'MissingAuthenticationToken', 'Missing Authentication Token'));
}

export function notFound(): ErrorReply {
  return new ErrorReply(apiError(404, 'NotFound', 'The requested resource was not found.'));
}

export function unsupportedMediaType(): ErrorReply {
  return new ErrorReply(apiError(415, 'UnsupportedMediaType', 'The request body must be application/json.'));
}

export function quotaExceeded(): ErrorReply {
  return new ErrorReply(apiError(429, 'QuotaExceeded', 'You exceeded your quota for the requested resource.'));
}

export function internalFailure(details = ''): ErrorReply {
  return new ErrorReply(
    apiError(500, 'InternalFailure', 'We encountered an internal error. Please try again.', details),
  );
}
