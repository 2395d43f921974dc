import { startServer } from './children.js';
import { createApiClient } from './ordermirror.js';

const OWNER = { email: 'bench@example.com', password: 'a long enough password' };

/**
 * The server as `npm start` runs it, once everything is built, on this database.
 * @param {import('./databases.js').BenchDatabase} database
 * @param {{ nodeFlags?: string[], node?: string }} [options] node: the binary
 */
export function startApp({ environment }, { nodeFlags = [], node = process.execPath } = {}) {
  return startServer('dist/ordermirror.js', { env: environment, nodeFlags, node });
}

/**
 * Makes the owner of a new server.
 * @param {string} url
 * @returns {Promise<string>} what the `authorization` header holds
 */
export async function registerOwner(url) {
  const { register } = await createApiClient(url).request(
    'mutation ($email: String!, $password: String!) { register(email: $email, password: $password) { token } }',
    OWNER,
  );
  return `Bearer ${register.token}`;
}
