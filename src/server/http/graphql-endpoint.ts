import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { requestBudget } from '../../graphql/limits/request-budget.js';
import type { GraphQLServer } from '../graphql.js';
import { authenticate } from '../plugins/use-authentication.js';
import { isFromForeignPage } from './origin.js';
import { readBody } from './read-body.js';
import { type Handler, send, sendText } from './respond.js';

const LONG_BODY_BYTES = 4_096;
const { maxAnonymousBodyBytes, maxBodyBytes } = requestBudget;

/** Handles `/graphql` over HTTP: POST with a JSON body, GET for queries; responses are JSON or server-sent events. */
export function createGraphQLHandler({ yoga, accounts, callerOf }: GraphQLServer, graphiql: Handler | null): Handler {
  const execute: Handler = (request, response) =>
    yoga(request, response, { caller: callerOf(request), principal: null, authError: null });
  return async (request, response) => {
    const { method, headers } = request;
    if ((method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html')) {
      if (graphiql) return graphiql(request, response);
      return sendText(
        response,
        406,
        'GraphiQL is served only if the server listens on loopback. Send queries as JSON by POST.',
      );
    }
    if (isFromForeignPage(request)) {
      return sendText(response, 403, 'Pages of other origins must not call this API from a browser.');
    }
    if (method === 'POST' && !hasJsonBody(request)) {
      return sendText(response, 415, 'Send the body as application/json: {"query": "…", "variables": {…}}.');
    }
    if (method !== 'POST') {
      if (!hasMalformedJson(request)) return execute(request, response);
      const message = 'The URL parameters `variables` and `extensions` must be JSON.';
      return sendError(response, headers.accept, 400, 'BAD_REQUEST', message);
    }
    const hasSession = async () => (await authenticate(accounts, headers.authorization)).principal !== null;
    const body = await readBody(request, hasSession);
    if (body === 'disconnected') return void response.destroy();
    if (body === 'too large') {
      const message = `The request body is too large: at most ${maxBodyBytes} bytes are allowed, ${maxAnonymousBodyBytes} without a session.`;
      return sendError(response, headers.accept, 413, 'REQUEST_ENTITY_TOO_LARGE', message);
    }
    await execute(withBody(request, body), response);
  };
}

/** Passes a body that has been read to Yoga, as `request.body`. Yoga lists its keys: of a long buffer, each byte. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  return Object.assign(request, { body: body.length > LONG_BODY_BYTES ? Readable.from([body]) : body });
}

/** Sends an error in the same form as Yoga. */
function sendError(response: ServerResponse, accept = '', status: number, code: string, message: string): void {
  const errors = [{ message, extensions: { code } }];
  const type = accept.includes('application/graphql-response+json') ? 'graphql-response+json' : 'json';
  send(response, status, JSON.stringify({ errors }), { 'content-type': `application/${type}; charset=utf-8` });
}

/** Whether Yoga's URL parser would throw, which Yoga answers as an internal error. */
function hasMalformedJson({ url = '' }: IncomingMessage): boolean {
  const parameters = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');
  return ['variables', 'extensions'].some((name) => {
    try {
      JSON.parse(parameters.get(name) || 'null');
      return false;
    } catch {
      return true;
    }
  });
}

/** Content types that browsers send across origins without a preflight request are rejected (CSRF). */
function hasJsonBody({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return ['application/json', 'application/graphql+json'].includes(type.trim().toLowerCase());
}
