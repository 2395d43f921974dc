import type { IncomingMessage } from 'node:http';

/**
 * Whether a page of another origin makes a browser send this. Such a page is refused, whatever it sends; programs
 * name no origin.
 */
export function isFromForeignPage({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host?.toLowerCase();
}
