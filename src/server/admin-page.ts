import { readFileSync } from 'node:fs';
import { type Handler, send } from './respond.js';

const folder = new URL('../../admin/', import.meta.url);
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The admin page and what it loads, by path. */
export function createAdminPage(): Record<string, Handler> {
  const page = serve('index.html', 'text/html; charset=utf-8');
  return { '/admin': page, '/admin/': page, '/admin/admin.css': serve('admin.css', 'text/css; charset=utf-8') };
}

function serve(file: string, contentType: string): Handler {
  const body = readFileSync(new URL(file, folder));
  return (_request, response) =>
    send(response, 200, body, { 'content-type': contentType, 'content-security-policy': POLICY });
}
