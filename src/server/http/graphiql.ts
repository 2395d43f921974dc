import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Handler, send } from './respond.js';

/** GraphiQL is one page with inline code: nothing is loaded from another host, and no other code may run. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FIRST_QUERY = `# Run one of the two with the play button, then enter its token under "Headers" as
# {"authorization": "Bearer TOKEN"}

# First start: creates the owner. The password needs at least 12 characters.
mutation Register {
  register(email: "", password: "") {
    token
    expiresAt
  }
}

# Later: a token is valid for one hour.
mutation SignIn {
  login(email: "", password: "") {
    token
    expiresAt
  }
}
`;

/** Renders and compresses the page (9 MB) once, on the first request. */
export function createGraphiQL(): Handler {
  let page: Promise<Buffer> | undefined;
  let compressed: Promise<Buffer> | undefined;
  return async (request, response) => {
    page ??= render();
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      vary: 'accept, accept-encoding',
    };
    if (!takesGzip(request.headers['accept-encoding'])) return send(response, 200, await page, headers);
    compressed ??= page.then((text) => promisify(gzip)(text));
    send(response, 200, await compressed, { ...headers, 'content-encoding': 'gzip' });
  };
}

/** Imports GraphiQL's 9 MB of code on demand, so that they don't delay the start. */
async function render(): Promise<Buffer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  // Server-sent events carry the token of the headers tab; GraphiQL's WebSocket does not.
  return Buffer.from(
    renderGraphiQL({ title: 'Ordermirror GraphiQL', subscriptionsProtocol: 'SSE', defaultQuery: FIRST_QUERY }),
  );
}

/** Whether an `Accept-Encoding` accepts gzip (or `*`), without `q=0`. */
function takesGzip(acceptEncoding = ''): boolean {
  const weights = new Map(
    acceptEncoding.split(',').map((entry) => {
      const [coding = '', weight = ''] = entry.toLowerCase().split(';');
      return [coding.trim(), Number(/q\s*=\s*([\d.]+)/.exec(weight)?.[1] ?? 1)];
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
