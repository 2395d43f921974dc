import type { IncomingMessage, ServerResponse } from 'node:http';
import { isUnread } from './connection-limits.js';

/** Responds to a request that the router has matched. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Headers of every response; handlers of pages set another policy. */
export const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

export function sendText(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}) {
  send(response, status, `${text}\n`, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

export function sendJson(response: ServerResponse, status: number, value: unknown) {
  send(response, status, JSON.stringify(value), { 'content-type': 'application/json; charset=utf-8' });
}

export function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string>,
): void {
  if (isUnread(response.req)) response.setHeader('connection', 'close');
  response.writeHead(status, { 'cache-control': 'no-store', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Whether an `Accept-Encoding` accepts a coding, by its name or by `*`, without `q=0`. */
export function acceptsCoding(coding: 'br' | 'gzip', acceptEncoding: string | string[] = ''): boolean {
  const weights = new Map(
    String(acceptEncoding)
      .toLowerCase()
      .split(',')
      .map((entry) => {
        const [name = '', weight = ''] = entry.split(';');
        return [name.trim(), Number(/q\s*=\s*([\d.]+)/.exec(weight)?.[1] ?? 1)];
      }),
  );
  return (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
}
