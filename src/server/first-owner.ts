import { isLoopback } from './caller.js';

/** What the log tells a fresh server's owner to do. */
export function howToRegister(url: string, host: string, setupCode: string): string {
  const begin = 'There is no owner yet: run the mutation `register`';
  if (!isLoopback(host)) return `${begin} at ${url}/graphql, with the setup code ${setupCode}.`;
  return `${begin} in GraphiQL, ${url}/graphql in a browser (setup code ${setupCode}; not asked for on this machine).`;
}
