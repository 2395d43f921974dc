import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Handler, send } from './respond.js';

/** GraphiQL is one page with all of its code inside: nothing comes from another host, and nothing else may run. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; font-src data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const FIRST_QUERY = `# The play button asks which of the two to run. Put the token that it gives under "Headers" as
# {"authorization": "Bearer TOKEN"}

# On a fresh install: makes the owner. The password takes 12 characters or more.
mutation Register {
  register(email: "", password: "") {
    token
    expiresAt
  }
}

# From then on, once an hour:
mutation SignIn {
  login(email: "", password: "") {
    token
    expiresAt
  }
}
`;

/** The page is made when it is first asked for, and compressed once, beside other work: it is large. */
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

/** Its nine megabytes of code are read when somebody wants them: the start doesn't wait for them. */
async function render(): Promise<Buffer> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  // Server-sent events carry the headers tab's token; GraphiQL's WebSocket would not.
  return Buffer.from(
    renderGraphiQL({ title: 'Ordermirror GraphiQL', subscriptionsProtocol: 'SSE', defaultQuery: FIRST_QUERY }),
  );
}

/** Whether an `Accept-Encoding` names gzip, or anything, and doesn't rule it out by `q=0`. */
function takesGzip(acceptEncoding = ''): boolean {
  const weights = new Map(
    acceptEncoding.split(',').map((entry) => {
      const [coding = '', weight = ''] = entry.toLowerCase().split(';');
      return [coding.trim(), Number(/q\s*=\s*([\d.]+)/.exec(weight)?.[1] ?? 1)];
    }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
