import type { Accounts } from '../../accounts/accounts.js';
import { UserError } from '../../core/errors.js';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import type { McpParts } from '../../mcp/parts.js';
import { authenticated } from './authenticated.js';
import { isFromForeignPage } from './origin.js';
import { readBody } from './read-body.js';
import { type Handler, sendText } from './respond.js';

/** Calls that one key may have running at the same time. */
const MAX_CONCURRENT = 10;
const RETRY_AFTER_SECONDS = 1;

/**
 * Handles `/mcp`: the Model Context Protocol over Streamable HTTP, with an API key. Stateless: each POST is answered with
 * JSON by whichever process gets it, and authenticated, so that a revoked key is refused at its next call. The SDK is
 * loaded by the first call.
 */
export function createMcpHandler(accounts: Pick<Accounts, 'authenticate'>, parts: McpParts): Handler {
  const running = new Map<bigint, number>();
  const authenticatedHandler = authenticated(accounts, async (request, response, principal) => {
    if (principal.kind !== 'apiKey') {
      throw new UserError('UNAUTHENTICATED', 'This address takes API keys only: Authorization: Bearer om_….');
    }
    const { id } = principal.apiKey;
    const calls = running.get(id) ?? 0;
    if (calls >= MAX_CONCURRENT) {
      throw new UserError('RATE_LIMITED', `At most ${MAX_CONCURRENT} calls may run at once for a key. Try again.`, {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    running.set(id, calls + 1);
    response.once('close', () => {
      const left = (running.get(id) ?? 1) - 1;
      if (left === 0) running.delete(id);
      else running.set(id, left);
    });
    const body = await readBody(request, async () => true);
    if (body === 'disconnected') return void response.destroy();
    if (body === 'too large') {
      throw new UserError(
        'BAD_USER_INPUT',
        `The request body is too large: at most ${requestBudget.maxBodyBytes} bytes.`,
      );
    }
    const message = parsed(body);
    const [{ StreamableHTTPServerTransport }, { createMcpServer }] = await Promise.all([
      import('@modelcontextprotocol/sdk/server/streamableHttp.js'),
      import('../../mcp/mcp-server.js'),
    ]);
    const server = createMcpServer(parts);
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    response.once('close', () => void server.close());
    // Its optional members may be undefined, which `exactOptionalPropertyTypes` distinguishes.
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    await transport.handleRequest(request, response, message);
  });
  return (request, response) => {
    if (isFromForeignPage(request)) {
      return sendText(response, 403, 'Pages of other origins must not call this address from a browser.');
    }
    if (request.method !== 'POST') {
      return sendText(response, 405, 'Send MCP messages by POST. There is no event stream.', { allow: 'POST' });
    }
    return authenticatedHandler(request, response);
  };
}

/** @throws {UserError} BAD_USER_INPUT unless it is one JSON-RPC message: a batch could hold any number of calls */
function parsed(body: Buffer): unknown {
  let message: unknown;
  try {
    message = JSON.parse(body.toString());
  } catch {
    message = undefined;
  }
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message;
  throw new UserError('BAD_USER_INPUT', 'The body must be one JSON-RPC message, not a batch.');
}
