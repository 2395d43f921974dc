import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Accounts, Principal } from '../../accounts/accounts.js';
import { UserError } from '../../core/errors.js';
import { type Handler, send } from './respond.js';

/** Responds to a request whose sender is authenticated. */
export type AuthenticatedHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  principal: Principal,
) => void | Promise<void>;

/**
 * Makes the handler of an HTTP endpoint other than GraphQL, for requests with a session's token or an API key in
 * `Authorization: Bearer …`. Others are answered with 401, and so are UserErrors of `handle` with their status, in the
 * form of GraphQL's errors: `{ errors: [{ message, extensions: { code } }] }`. For responses that take long, `onEnd` of the
 * accounts reports a revocation.
 */
export function authenticated(accounts: Pick<Accounts, 'authenticate'>, handle: AuthenticatedHandler): Handler {
  return async (request, response) => {
    try {
      await handle(request, response, await requirePrincipal(accounts, request));
    } catch (error) {
      if (!(error instanceof UserError) || response.headersSent) throw error;
      sendUserError(response, error);
    }
  };
}

/** Returns who sent a request. @throws {UserError} UNAUTHENTICATED without a valid token or API key */
async function requirePrincipal(
  accounts: Pick<Accounts, 'authenticate'>,
  { headers }: Pick<IncomingMessage, 'headers'>,
): Promise<Principal> {
  const principal = await accounts.authenticate(headers.authorization);
  if (principal) return principal;
  throw new UserError(
    'UNAUTHENTICATED',
    'Send an API key or the token from `login` in the header: Authorization: Bearer TOKEN.',
  );
}

const STATUS: Partial<Record<UserError['code'], number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
};

/** Sends an error in the form of GraphQL's errors, with an HTTP status (400 unless the code has another). */
function sendUserError(response: ServerResponse, { code, message, extensions }: UserError): void {
  const status = STATUS[code] ?? 400;
  send(response, status, JSON.stringify({ errors: [{ message, extensions: { ...extensions, code } }] }), {
    'content-type': 'application/json; charset=utf-8',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(extensions.retryAfterSeconds ? { 'retry-after': String(extensions.retryAfterSeconds) } : {}),
  });
}
