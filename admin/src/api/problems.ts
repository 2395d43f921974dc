import type { CombinedError } from 'urql';

/** What is the matter, for people: what happened, and what to do next. */
export interface Problem {
  readonly code: string | null;
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** An error of an operation as a problem. */
export function problemOf(error: CombinedError): Problem {
  const [first] = error.graphQLErrors;
  if (first) {
    const { code } = first.extensions;
    return {
      code: typeof code === 'string' ? code : null,
      message:
        first.message === 'Unexpected error.'
          ? 'Something went wrong on the server; its log tells what.'
          : first.message,
      extensions: first.extensions,
    };
  }
  return { code: null, message: withoutGraphQL(error.response as Response | undefined), extensions: {} };
}

/** Without an answer of the API's own: somebody on the way may have answered in its place. */
function withoutGraphQL(response: Response | undefined): string {
  if (!response) return 'The server does not answer. Is it running? Trying again may help.';
  if (response.status === 403) {
    return 'The server refuses this page (status 403). Where a proxy stands before it, the proxy has to pass on the Host header; the README shows how under “Proxy and TLS”. Then load this page again.';
  }
  return `What came back was not an answer of the API (status ${response.status}). Does the server run, and does the proxy before it reach it? Trying again may help.`;
}

/** What to do about a code of `SyncRun.errorCode` or `SpApiPing.errorCode`. */
export interface NextStep {
  readonly title: string;
  readonly advice: string;
  /** The view where an owner mends it. */
  readonly link?: { readonly to: string; readonly name: string };
}

const CONNECTION = { to: '/connection', name: 'To the connection' };
const SETUP = { to: '/setup', name: 'Connect your Amazon account' };

const NEXT_STEPS: Readonly<Record<string, NextStep>> = {
  LWA_INVALID_GRANT: {
    title: 'Amazon does not accept the refresh token',
    advice:
      'It was revoked, has expired, or belongs to another app. Authorise the app again in Seller Central (Apps & Services → Develop Apps → Authorize) and save the new refresh token.',
    link: CONNECTION,
  },
  LWA_INVALID_CLIENT: {
    title: 'Amazon does not accept the client id or secret',
    advice:
      'Client secrets expire after 180 days. Look at the app’s LWA credentials in Seller Central (Apps & Services → Develop Apps → View), rotate the secret there if it is due, and save it here.',
    link: CONNECTION,
  },
  SP_API_FORBIDDEN: {
    title: 'Amazon refuses access',
    advice:
      'The app lacks a role for orders, the region is another one than the account’s, or the authorisation does not cover a marketplace. Compare the marketplaces with those of the last check.',
    link: CONNECTION,
  },
  SP_API_INVALID_INPUT: {
    title: 'Amazon did not accept the request',
    advice:
      'The next run tries again: it has been Amazon’s own fault for hours. If it lasts a day, report it. Where SP_API_ENDPOINT or LWA_ENDPOINT is set, check it first.',
  },
  SP_API_UNAVAILABLE: {
    title: 'Amazon could not be reached',
    advice:
      'All retries failed. Nothing is lost: the next run goes on from where this one stopped. If it lasts, check this server’s way to the internet.',
  },
  DECRYPTION_FAILED: {
    title: 'The saved credential cannot be read',
    advice:
      'The encryption key that sealed it is gone. Put the old key back into ENCRYPTION_KEY, or save the credential again.',
    link: CONNECTION,
  },
  NO_MARKETPLACES: {
    title: 'No marketplaces are chosen',
    advice: 'Choose at least one marketplace to mirror.',
    link: CONNECTION,
  },
  NO_CONNECTION: {
    title: 'No Amazon account is connected',
    advice: 'Connect one first: the region, the app’s credential, and the marketplaces.',
    link: SETUP,
  },
  NO_CREDENTIAL: {
    title: 'There is no credential',
    advice: 'Save the app’s client id and secret with the refresh token.',
    link: SETUP,
  },
  RATE_LIMITED: {
    title: 'Too many attempts',
    advice: 'Wait until the time that is named, then try again.',
  },
  INTERRUPTED: {
    title: 'The run was interrupted',
    advice: 'The server stopped while it ran. What it had stored is kept; start a new run to go on.',
  },
  INTERNAL: {
    title: 'Something went wrong on the server',
    advice: 'The server’s log tells what. Starting the run again is safe.',
  },
};

/** What to do about a code; null for one that needs no more words than its message. */
export const nextStepOf = (code: string | null | undefined): NextStep | null =>
  code ? (NEXT_STEPS[code] ?? null) : null;
