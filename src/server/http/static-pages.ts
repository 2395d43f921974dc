import { existsSync, type ReadStream } from 'node:fs';
import sirv from 'sirv';
import { fromRoot } from '../../core/package-root.js';
import { acceptsCoding, type Handler, sendText } from './respond.js';

const NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Only files of this server. */
const ADMIN_POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; ${NOTHING_ELSE}`;
/** GraphiQL is one page with inline code. It loads nothing from other hosts. */
const GRAPHIQL_POLICY = `default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; style-src 'unsafe-inline'; font-src data:; img-src 'self' data:; connect-src 'self'; ${NOTHING_ELSE}`;
const ONE_YEAR = 'public, max-age=31536000, immutable';
const CODINGS = ['br', 'gzip'] as const;
const VARY = 'accept, accept-encoding';

/** Serves the admin page on each path below /admin, where it shows a view, and its files below /admin/assets. */
export const createAdminPage = (): Handler => servePage('dist/admin/', '/admin', ADMIN_POLICY);

/** Serves GraphiQL on /graphql. */
export const createGraphiQL = (): Handler => servePage('dist/graphiql/', '/graphql', GRAPHIQL_POLICY);

/**
 * Serves a page and its assets from files that scripts/build.mjs made and compressed. Names of assets contain a hash of
 * their content, so browsers cache them; the page itself is revalidated by its ETag.
 */
function servePage(folder: string, base: string, policy: string): Handler {
  if (!existsSync(fromRoot(`${folder}index.html`)))
    return (_request, response) => sendText(response, 503, 'The page is not built. Run `npm run build`.');
  const serve = sirv(fromRoot(folder), {
    single: true,
    brotli: true,
    gzip: true,
    etag: true,
    ignores: '^/assets/',
    setHeaders: (response) => response.setHeader('vary', VARY),
  });
  return (request, response) => {
    const { headers, url = '' } = request;
    request.url = url.slice(base.length);
    // Also in a 304, without `setHeaders`: browsers replace the headers of the cached file by them.
    response.setHeader('cache-control', request.url.startsWith('/assets/') ? ONE_YEAR : 'no-cache');
    response.setHeader('content-security-policy', policy);
    response.setHeader('vary', VARY);
    const codings = CODINGS.filter((coding) => acceptsCoding(coding, headers['accept-encoding']));
    headers['accept-encoding'] = codings.join(', ');
    // sirv throws for an invalid range, and neither handles errors of its file nor closes it when the client disconnects.
    delete headers.range;
    response.once('pipe', (file: ReadStream) => {
      file.on('error', () => response.destroy());
      response.once('close', () => file.destroy());
    });
    serve(request, response, () => sendText(response, 404, 'The page has no such file. Reload the page.'));
  };
}
