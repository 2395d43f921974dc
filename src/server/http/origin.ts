import type { IncomingMessage } from 'node:http';
import { hostnameOf, isForwarded, isLoopback } from './caller.js';

/** Whether a browser sends the request for a page of another origin. Programs other than browsers send no origin. */
export function isFromForeignPage({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host?.toLowerCase();
}

/**
 * Whether a request to a server on loopback names another host. A foreign page can send one without an origin if its host
 * name resolves to 127.0.0.1 (DNS rebinding). Proxies forward other hosts too, and are known by their headers. A page can
 * send these headers as well, so `strictly` ignores them: for routes without a session that no proxy needs.
 */
export function isForForeignHost({ headers }: IncomingMessage, strictly: boolean): boolean {
  if (isLoopback(hostnameOf(`http://${headers.host}`))) return false;
  return strictly || !isForwarded(headers);
}
