interface Parts {
  readonly hasRefreshToken: boolean;
  readonly marketplaces: readonly unknown[];
  readonly lastOrdersSyncAt: string | null;
}

/** What a run needs and the connection lacks, and where an owner adds it. */
export interface Missing {
  readonly text: string;
  readonly link: readonly [path: '/connection' | '/setup', label: string];
}

/** Returns what keeps runs from reading orders; null if nothing is missing. @param connection null: there is none */
export function missingIn(connection: Parts | null): Missing | null {
  if (!connection) return { text: 'No Amazon account is connected yet.', link: ['/setup', 'Connect an account'] };
  // The set-up ends with the first run.
  const link = connection.lastOrdersSyncAt
    ? (['/connection', 'Open Connection'] as const)
    : (['/setup', 'Continue the set-up'] as const);
  if (!connection.hasRefreshToken) return { text: 'No credential is saved.', link };
  if (connection.marketplaces.length === 0) return { text: 'No marketplaces are chosen.', link };
  return null;
}
