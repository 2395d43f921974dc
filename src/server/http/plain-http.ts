import type { Config } from '../../config/config.js';
import { hostnameOf, isLoopback } from './caller.js';

/** Returns a warning for each configured endpoint of Amazon that would receive secrets without TLS, beyond this machine. */
export function plainHttpWarnings({
  endpoint,
  lwaEndpoint,
}: Pick<Config['spapi'], 'endpoint' | 'lwaEndpoint'>): string[] {
  return Object.entries({ SP_API_ENDPOINT: endpoint, LWA_ENDPOINT: lwaEndpoint }).flatMap(([name, address]) =>
    address?.toLowerCase().startsWith('http://') && !isLoopback(hostnameOf(address))
      ? [`${name} is an http:// address beyond this machine: the credential is sent unencrypted. Use https://.`]
      : [],
  );
}
