import { StartError } from '../core/errors.js';
import { dataFolder } from './data-folder.js';
import { readEnvironment, type VariableName } from './environment.js';
import { encryptionKeys, jwtSecret, type Secrets } from './keys.js';
import { readKeysFile } from './keys-file.js';
import { postgresAddress, variable } from './values.js';

/** What a move from the embedded database to PostgreSQL is told. */
export interface MoveConfig {
  readonly dataDir: string;
  readonly url: string;
  /** What the environment gives. */
  readonly given: { readonly [Name in keyof Secrets]: Secrets[Name] | null };
  /** What `keys.json` holds; null where there is no such file. */
  readonly kept: Secrets | null;
}

/** @throws {StartError} for a wrong value, and without DATABASE_URL */
export function loadMoveConfig(variables: Readonly<Record<string, string | undefined>>): MoveConfig {
  const environment = readEnvironment(variables);
  const get = (name: VariableName) => variable(environment, name);
  const url = postgresAddress(get('DATABASE_URL'));
  if (url === null)
    throw new StartError(
      'DATABASE_URL holds nothing. For a move it must hold where to: postgresql://<user>:<password>@<host>:<port>/<database>, an empty database.',
    );
  const dataDir = dataFolder(get('DATA_DIR'));
  const given = { jwtSecret: jwtSecret(get('JWT_SECRET')), encryptionKeys: encryptionKeys(get('ENCRYPTION_KEY')) };
  return { dataDir, url, given, kept: readKeysFile(dataDir) };
}
