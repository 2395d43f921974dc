import type { CombinedError } from '@urql/preact';

export interface ApiError {
  /** `extensions.code`; null for an answer that is not GraphQL, or none. */
  readonly code: string | null;
  readonly message: string;
}

/** Returns the server's first error, or describes what came in place of a GraphQL response. */
export function toApiError({ graphQLErrors: [first], response }: CombinedError): ApiError {
  if (!first) return { code: null, message: describeResponse(response as Response | undefined) };
  const { code } = first.extensions;
  return { code: typeof code === 'string' ? code : null, message: first.message };
}

function describeResponse(response: Response | undefined): string {
  if (!response) return 'The server is not responding. Check that it is running, then try again.';
  if (response.status === 403) {
    return 'The server rejected this page (HTTP 403). If it runs behind a proxy, configure the proxy to pass on the Host header (see “Proxy and TLS” in docs/operations.md), then reload the page.';
  }
  return `The response is not from the GraphQL API (HTTP ${response.status}). Check that the server is running and that the proxy can reach it, then try again.`;
}

const CONNECTION = { to: '/connection', label: 'Open Connection' };
const SETUP = { to: '/setup', label: 'Connect your Amazon account' };
const FIX_LINKS: Readonly<Record<string, typeof CONNECTION>> = {
  LWA_INVALID_GRANT: CONNECTION,
  LWA_INVALID_CLIENT: CONNECTION,
  SP_API_FORBIDDEN: CONNECTION,
  DECRYPTION_FAILED: CONNECTION,
  NO_MARKETPLACES: CONNECTION,
  NO_CONNECTION: SETUP,
  NO_CREDENTIAL: SETUP,
};

/** Returns the link to the view where an owner can fix an error; null if no view can. */
export const fixLinkOf = (code: string | null) => (code && FIX_LINKS[code]) || null;

/** Errors whose message names what a program would call; the page has buttons and links in its place. */
const PAGE_MESSAGES: Readonly<Record<string, string>> = {
  NO_CONNECTION: 'No Amazon account is connected yet.',
  NO_CREDENTIAL: 'No credential is saved yet.',
  NO_MARKETPLACES: 'No marketplace is chosen. Choose at least one to mirror.',
};

/** Returns the page's own words for an error; null if the server's message serves a person as well. */
export const pageMessage = (code: string | null): string | null => (code && PAGE_MESSAGES[code]) || null;
