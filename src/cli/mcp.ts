import process from 'node:process';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  isInitializeRequest,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
} from '@modelcontextprotocol/sdk/types.js';

/** JSON-RPC's code for errors that an implementation defines. */
const SERVER_ERROR = -32_000;
const DEFAULT_URL = 'http://127.0.0.1:4000';

/**
 * `ordermirror mcp`: the MCP server over standard input and output, for agents that start it as a program. It passes the
 * messages on to `/mcp` of a running server, at ORDERMIRROR_URL, with the API key in ORDERMIRROR_API_KEY: so it needs no
 * access to the database, also not to an embedded one that the server holds, and the key's role and revocation count. A failure prints one line, and sets exit code 1.
 */
export async function mcp(): Promise<void> {
  try {
    await bridge();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function bridge(): Promise<void> {
  const { ORDERMIRROR_URL = DEFAULT_URL, ORDERMIRROR_API_KEY: key } = process.env;
  if (!key?.startsWith('om_')) {
    throw new Error('Set ORDERMIRROR_API_KEY to an API key (om_…). An owner creates one on the admin page.');
  }
  if (!URL.canParse(ORDERMIRROR_URL) || !/^https?:/.test(ORDERMIRROR_URL)) {
    throw new Error(`ORDERMIRROR_URL must be the address of the server, such as ${DEFAULT_URL}.`);
  }
  const address = new URL('/mcp', ORDERMIRROR_URL);
  const http = new StreamableHTTPClientTransport(address, {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
    fetch: fetchOrExplain,
  });
  const stdio = new StdioServerTransport();
  let initializeId: unknown;
  const sending = new Set<Promise<void>>();
  stdio.onmessage = (message) => {
    if (isInitializeRequest(message) && 'id' in message) initializeId = message.id;
    const sent = http.send(message).catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      process.stderr.write(`${text}\n`);
      if (isJSONRPCRequest(message)) {
        void stdio.send({ jsonrpc: '2.0', id: message.id, error: { code: SERVER_ERROR, message: text } });
      }
    });
    sending.add(sent);
    void sent.finally(() => sending.delete(sent));
  };
  http.onmessage = (message: JSONRPCMessage) => {
    if (isJSONRPCResultResponse(message) && message.id === initializeId) {
      http.setProtocolVersion(String(message.result.protocolVersion));
    }
    void stdio.send(message);
  };
  // What was asked before the input ended is answered.
  process.stdin.once('close', () => void Promise.all(sending).then(() => process.exit(0)));
  await http.start();
  await stdio.start();
}

/** Fetches; throws the server's message for an answer that refuses a POST, and what to check without an answer. */
async function fetchOrExplain(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new Error(`Ordermirror does not answer at ${url}. Start it, or correct ORDERMIRROR_URL.`, { cause });
  });
  if (response.ok || init?.method !== 'POST') return response;
  const text = await response.text();
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  throw new Error(
    message ? String(JSON.parse(`"${message}"`)) : `The server answered ${response.status}: ${text.trim()}`,
  );
}
