const REDACTED = '[redacted]';

/** Names, lower-case without punctuation, whose values are never logged, unless they are flags or numbers. */
const secretNames =
  /(?:password|passwordhash|passphrase|secret|secretsealed|tokensealed|token|authorization|cookie|jwt|encryptionkeys?|apikey|privatekey)$|^(?:variables|variablevalues|rawheaders|connectionparams)$/;

/** Patterns of secrets in any text, each with its replacement. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  // Login with Amazon's tokens and client secrets, percent-encoded too.
  [/\bAt(?:z[a-z]|c)(?:\||%7C)[^\s"'<>,;&)}\]]*/gi, REDACTED],
  [/\bamzn1\.oa2-cs\.[\w.+/=-]*/gi, REDACTED],
  [/\b(Bearer|Basic)\s+[\w.~+/=|%-]+/gi, `$1 ${REDACTED}`],
  // API keys; their first six letters are no secret.
  [/\b(om_[0-9A-Za-z]{6})[0-9A-Za-z]{37}\b/g, `$1${REDACTED}`],
  // Secrets of webhooks.
  [/\bwhsec_[\w+/=]+/g, REDACTED],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, REDACTED],
  // A database's address: up to the last @, since a password may contain one.
  [/\b(postgres(?:ql)?:\/\/[^\s:@/"'<>]*):[^\s"'<>]*@/gi, `$1:${REDACTED}@`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/"'<>]*):[^\s@/"'<>]+@/gi, `$1:${REDACTED}@`],
  // name=value, "name":"value", name: "value" in a form, a JSON text or a GraphQL document.
  [
    /\b(\w*(?:password|client_?secret|refresh_?token|access_?token|jwt_?secret|encryption_?key))(\\*["']?\s*[:=]\s*\\*)(?:"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'&,;)}\]]+)/gi,
    `$1$2${REDACTED}`,
  ],
];

/** Redacts the secrets in one line of the log. */
export function redactLine(line: string): string {
  try {
    return `${JSON.stringify(redacted(JSON.parse(line)))}\n`;
  } catch {
    return `${JSON.stringify({ level: 'error', msg: 'A log line could not be checked for secrets and was dropped.' })}\n`;
  }
}

/** Redacts what looks like a secret in a text. */
export function redactText(text: string): string {
  return secretTexts.reduce((rest, [pattern, left]) => rest.replace(pattern, left), text);
}

function redacted(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, isSecret(name, member) ? REDACTED : redacted(member)]),
  );
}

function isSecret(name: string, value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return false;
  return secretNames.test(name.toLowerCase().replace(/[^a-z]/g, ''));
}
