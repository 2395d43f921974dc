import type { Condition, Sql } from '../database/database.js';
import type { User } from '../generated/prisma/client.js';
import type { TokenClaims } from './tokens.js';

/** Read anew at each request, so that whoever is gone or has another role is so at once: by hand, since it is so often. */
export async function readUser(sql: Sql, id: bigint): Promise<User | null> {
  const [row] = await sql.query<User>(
    `SELECT id, email, password_hash AS "passwordHash", role, session_version AS "sessionVersion", created_at AS "createdAt"
       FROM users WHERE id = $1`,
    [String(id)],
    { prepare: true },
  );
  return row ?? null;
}

/** The same as a part of another statement: holds while the user is there and tokens like this one count. */
export function isStillSignedIn({ userId, sessionVersion }: TokenClaims): Condition {
  return (bind) =>
    `EXISTS (SELECT FROM users WHERE id = ${bind(String(userId))}::bigint AND session_version = ${bind(sessionVersion)}::int)`;
}
