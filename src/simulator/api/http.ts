import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** An answer before it is sent: a string goes out as it is, anything else as JSON. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** How an answer travels: whole, cut in the middle, or in drips over so many milliseconds. */
export type Manner = { kind: 'whole' } | { kind: 'cut' } | { kind: 'drips'; ms: number };

const MAX_BODY_BYTES = 64 * 1024;
const DRIPS = 10;

/** JSON that is there already, in pieces: one after the other they are the text. */
export class JsonText {
  readonly pieces: readonly Buffer[];

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces;
  }
}

/** The answer to a request that can't be granted; thrown where the fault is found. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.reply = reply;
  }
}

/** The whole body as text; refuses more than 64 KB. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new Refusal({ status: 413, body: '' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends an answer; `x-amzn-RequestId` is on all of them (model). */
export async function send(response: ServerResponse, reply: Reply, manner: Manner = { kind: 'whole' }): Promise<void> {
  const { body } = reply;
  const isText = typeof body === 'string';
  const pieces = body instanceof JsonText ? body.pieces : [Buffer.from(isText ? String(body) : JSON.stringify(body))];
  response.writeHead(reply.status, {
    'content-type': isText ? 'text/html' : 'application/json',
    ...reply.headers,
    'x-amzn-RequestId': randomUUID(),
    'content-length': pieces.reduce((sum, piece) => sum + piece.length, 0),
  });
  if (manner.kind === 'whole') {
    response.cork();
    for (const piece of pieces) response.write(piece);
    response.end();
    response.uncork();
    return;
  }
  const bytes = Buffer.concat(pieces);
  if (manner.kind === 'cut') {
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
    return;
  }
  const size = Math.ceil(bytes.length / DRIPS);
  for (let from = 0; from < bytes.length && !response.destroyed; from += size) {
    response.write(bytes.subarray(from, from + size));
    await sleep(manner.ms / DRIPS);
  }
  response.end();
}
