import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { fromRoot } from '../../core/package-root.js';
import { type Handler, send, sendText } from './respond.js';

const FOLDER = fromRoot('dist/admin/');
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const ONE_YEAR = 'public, max-age=31536000, immutable';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const compress = promisify(gzip);

/**
 * The admin page (built from admin/), at every address below /admin: it finds its view by the address. What it loads is
 * under /admin/assets, named after its content, and kept by browsers.
 */
export function createAdminPage(): Handler {
  if (!existsSync(`${FOLDER}index.html`))
    return (_request, response) => sendText(response, 503, 'The admin page is not built: `npm run build` builds it.');
  const page = serve('index.html', 'no-cache');
  const assets = new Map(readdirSync(`${FOLDER}assets`).map((name) => [name, serve(`assets/${name}`, ONE_YEAR)]));
  return (request, response) => {
    const [, name] = /^\/admin\/assets\/([^?]*)/.exec(request.url ?? '') ?? [];
    if (name === undefined) return page(request, response);
    const asset = assets.get(name);
    return asset ? asset(request, response) : sendText(response, 404, 'Not a file of the admin page. Reload it.');
  };
}

function serve(file: string, cacheControl: string): Handler {
  const type = TYPES[extname(file)] ?? 'application/octet-stream';
  const headers = { 'content-type': type, 'cache-control': cacheControl, 'content-security-policy': POLICY };
  let body: Buffer | undefined;
  let compressed: Promise<Buffer> | undefined;
  return async (request, response) => {
    body ??= readFileSync(`${FOLDER}${file}`);
    if (type === 'font/woff2') return send(response, 200, body, headers);
    if (!takesGzip(request)) return send(response, 200, body, { ...headers, vary: 'accept-encoding' });
    compressed ??= compress(body, { level: 9 });
    send(response, 200, await compressed, { ...headers, vary: 'accept-encoding', 'content-encoding': 'gzip' });
  };
}

const takesGzip = ({ headers }: IncomingMessage) => /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''));
