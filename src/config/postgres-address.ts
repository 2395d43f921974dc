/**
 * Parses the address of a PostgreSQL. Its host may be a name, an IPv4 address, an IPv6 address in brackets, or the folder of
 * a Unix socket, percent-encoded; `?host=` replaces it, and without either it is localhost.
 * @returns null if the text is no such address
 */
export function parsePostgresAddress(text: string): URL | null {
  if (!/^postgres(ql)?:\/\//.test(text)) return null;
  // The URL standard requires a host after a user.
  const withHost = text.replace(/^(\w+:\/\/[^/?#@]*@)(?=[/?#]|$)/, '$1localhost');
  return URL.canParse(withHost) ? new URL(withHost) : null;
}

/**
 * Parses an address of one host or several, such as `postgresql://u:p@one:5432,two:5433/db`, as libpq takes it.
 * @returns the addresses of each host, in their order; null if the text is no such address
 */
export function parsePostgresAddresses(text: string): readonly [URL, ...URL[]] | null {
  const [, start = '', hosts = '', end = ''] = /^([^/]*\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s.exec(text) ?? [];
  const addresses = hosts.split(',').map((host) => parsePostgresAddress(start + host + end));
  return addresses.every((address) => address !== null) ? (addresses as [URL, ...URL[]]) : null;
}

/** A server; the host is a folder, beginning with a slash, for a Unix socket. */
export interface Host {
  readonly host: string;
  readonly port: number;
}

/** Returns the server that an address leads to. */
export function postgresHostOf(address: URL): Host {
  const { hostname, port, searchParams } = address;
  return {
    host: searchParams.get('host') || decodeURIComponent(hostname) || 'localhost',
    port: Number(searchParams.get('port') || port || 5432),
  };
}
