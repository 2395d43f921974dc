const REDACTED = '[redacted]';

/** Names, without case and punctuation, whose value is never written; a flag or a count of that name is. */
const secretNames =
  /(?:password|passwordhash|passphrase|secret|secretsealed|tokensealed|token|authorization|cookie|jwt|encryptionkeys?|apikey|privatekey)$|^(?:variables|variablevalues|rawheaders|connectionparams)$/;

/** What looks like a secret wherever it stands, and what is left of it. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  // Login with Amazon's tokens and client secrets, percent-encoded too.
  [/\bAt(?:z[a-z]|c)(?:\||%7C)[^\s"'<>,;&)}\]]*/gi, REDACTED],
  [/\bamzn1\.oa2-cs\.[\w.+/=-]*/gi, REDACTED],
  [/\b(Bearer|Basic)\s+[\w.~+/=|%-]+/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  // A database's address: up to the last @, since a password may hold one.
  [/\b(postgres(?:ql)?:\/\/[^\s:@/"'<>]*):[^\s"'<>]*@/gi, `$1:${REDACTED}@`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"'<>]*):[^\s@/"'<>]+@/gi, `$1:${REDACTED}@`],
  // name=value, "name":"value", name: "value" in a form, a JSON text or a GraphQL document.
  [
    /\b(\w*(?:password|client_?secret|refresh_?token|access_?token|jwt_?secret|encryption_?key))(\\*["']?\s*[:=]\s*\\*)(?:"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&,;)}\]]+)/gi,
    `$1$2${REDACTED}`,
  ],
];

/** One line of the log, without secrets. */
export function redactLine(line: string): string {
  try {
    return `${JSON.stringify(cleaned(JSON.parse(line)))}\n`;
  } catch {
    return `${JSON.stringify({ level: 'error', msg: 'A line of the log could not be checked for secrets and was left out.' })}\n`;
  }
}

/** A text without what looks like a secret. */
export function redactText(text: string): string {
  return secretTexts.reduce((rest, [pattern, left]) => rest.replace(pattern, left), text);
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, isSecret(name, member) ? REDACTED : cleaned(member)]),
  );
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return false;
  return secretNames.test(name.toLowerCase().replace(/[^a-z]/g, ''));
}
