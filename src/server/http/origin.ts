import type { IncomingMessage } from 'node:http';
import { hostnameOf, isLoopback } from './caller.js';
import { isForwarded } from './forwarding.js';

/**
 * Whether a page of another origin makes a browser send this. Such a page is refused, whatever it sends; programs
 * name no origin.
 */
export function isFromForeignPage({ headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  if (headers.origin === undefined) return false;
  return !URL.canParse(headers.origin) || new URL(headers.origin).host !== headers.host?.toLowerCase();
}

/**
 * Whether a request asks a server that listens on loopback for another host. A page elsewhere can do that without naming
 * an origin, by giving its own name the address 127.0.0.1 (DNS rebinding). A proxy passes such hosts on too; it names
 * itself in its headers. A page can send those as well, so they don't count where `strictly`: an address that answers without
 * a session, and that no proxy has to pass on.
 */
export function asksForForeignHost({ headers }: IncomingMessage, strictly: boolean): boolean {
  if (isLoopback(hostnameOf(`http://${headers.host}`))) return false;
  return strictly || !isForwarded(headers);
}
