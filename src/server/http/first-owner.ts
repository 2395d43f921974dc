import { isLoopback } from './caller.js';

/** The log line of a server without an owner: how to become it. */
export function howToRegister(url: string, host: string, setupCode: string): string {
  const begin = `There is no owner yet: open ${url}/admin in a browser, or run the mutation \`register\` at ${url}/graphql`;
  if (!isLoopback(host)) return `${begin}, with the setup code ${setupCode}.`;
  return `${begin} (setup code ${setupCode}; not asked for on this machine).`;
}
