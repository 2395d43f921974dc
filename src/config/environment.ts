/** Every variable that the program reads, as it came: unset or empty is undefined. */
export type Environment = { readonly [name in VariableName]: string | undefined };

export type VariableName = (typeof variableNames)[number];

const variableNames = [
  'PORT',
  'HOST',
  'TRUST_PROXY',
  'DATABASE_URL',
  'DATA_DIR',
  'JWT_SECRET',
  'ENCRYPTION_KEY',
  'LWA_CLIENT_ID',
  'LWA_CLIENT_SECRET',
  'SP_API_REGION',
  'SP_API_ENDPOINT',
  'LWA_ENDPOINT',
  'SYNC_CRON',
  'SYNC_INCLUDE_ITEMS',
  'ROLE',
  'LOG_LEVEL',
] as const;

/** Takes what the program knows out of `variables` (`process.env`), without the white space around it. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  return Object.fromEntries(variableNames.map((name) => [name, variables[name]?.trim() || undefined])) as Environment;
}

/** Of what the program knows, unsets what is empty, so that it hides nothing of a file's. */
export function unsetEmpty(): void {
  for (const name of variableNames) if (process.env[name]?.trim() === '') delete process.env[name];
}
