import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { acceptsCoding } from '../http/respond.js';

const compress = promisify(gzip);
/** Shorter answers fit into a packet or two anyway. */
const MIN_BYTES = 1_024;

/**
 * Compresses the answers of queries for clients that accept gzip. Answers of mutations stay as they are: tokens and API
 * keys come in them, beside texts of the client, and the length of both together, compressed, would reveal the secret
 * (BREACH). No query returns a secret.
 */
export function useCompression(): Plugin {
  const queries = new WeakSet<Request>();
  return {
    onExecute: ({ args }) => {
      const operation = getOperationAST(args.document, args.operationName)?.operation;
      const { request } = args.contextValue as { readonly request?: Request };
      if (request && operation === OperationTypeNode.QUERY) queries.add(request);
    },
    onResponse: async ({ request, response, setResponse, fetchAPI }) => {
      if (!queries.has(request) || !/json/.test(response.headers.get('content-type') ?? '')) return;
      response.headers.set('vary', 'accept-encoding');
      if (!acceptsCoding('gzip', request.headers.get('accept-encoding') ?? undefined)) return;
      if (Number(response.headers.get('content-length') ?? 0) < MIN_BYTES) return;
      const body = await compress(await response.text());
      const headers = new fetchAPI.Headers(response.headers);
      headers.set('content-encoding', 'gzip');
      headers.set('content-length', String(body.length));
      setResponse(new fetchAPI.Response(new Uint8Array(body), { status: response.status, headers }));
    },
  };
}
