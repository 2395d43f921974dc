import { createHash, randomBytes } from 'node:crypto';
import type { Position } from '../orders/order-search.js';
import { invalidInput } from './http.js';

/** The content of a page token. */
export interface PageToken {
  /** Undefined: from the beginning. */
  position: Position | undefined;
  /** Milliseconds: the upper bound of the first page, also when it was not given. */
  before: number;
}

interface Sealed extends PageToken {
  /** Hash of all other parameters. */
  query: string;
  /** Milliseconds. */
  issuedAt: number;
  /** Makes each token unique. */
  nonce: string;
}

const LIFE_MS = 24 * 3_600_000;
/** Characters that a client may forget to encode (seen in the field). */
const PREFIX = '+/%';
/** Signs tokens; constant, so that they stay valid after a restart. */
const KEY = 'simulated';
/** May differ from page to page (model). The model names includedData too; Amazon's answer doesn't (seen in the field). */
const FREE = ['paginationToken', 'maxResultsPerPage'];

/** A token for the next page of this query. */
export function sealToken(token: PageToken, query: URLSearchParams, now: number): string {
  const sealed: Sealed = { ...token, query: hashOf(query), issuedAt: now, nonce: randomBytes(6).toString('base64') };
  const payload = Buffer.from(JSON.stringify(sealed)).toString('base64');
  return `${PREFIX}${payload}.${signature(payload)}=`;
}

/** Opens a token; throws the 400 of one that is damaged, too old, or of another query. */
export function openToken(token: string, query: URLSearchParams, now: number): PageToken {
  const [payload = '', signed] = token.slice(PREFIX.length, -1).split('.');
  if (!token.startsWith(PREFIX) || signed !== signature(payload)) throw invalidInput('Could not decode the token.');
  const sealed = JSON.parse(Buffer.from(payload, 'base64').toString()) as Sealed;
  if (now - sealed.issuedAt >= LIFE_MS) throw invalidInput('The pagination token has expired.');
  if (sealed.query !== hashOf(query)) throw tokenRefused();
  return { position: sealed.position, before: sealed.before };
}

/** The 400 of a token whose query has changed. */
export function tokenRefused() {
  return invalidInput(
    'The pagination token is not valid. All parameters must match the original request except maxResultsPerPage.',
  );
}

function hashOf(query: URLSearchParams): string {
  const bound = [...query].filter(([name]) => !FREE.includes(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(bound)).digest('base64').slice(0, 16);
}

function signature(payload: string): string {
  return createHash('sha256').update(`${KEY}${payload}`).digest('base64url').slice(0, 12);
}
