/** Characters that XML 1.0 doesn't allow. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to be removed.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const MARKUP = /[&<>"]/;
const CONTROL = /[^\u0020-\ufffd]/;

/** Returns the text with markup escaped, without the characters that XML doesn't allow. */
export function escapeXml(text: string): string {
  const allowed = CONTROL.test(text) ? text.replace(FORBIDDEN, '') : text;
  if (!MARKUP.test(allowed)) return allowed;
  return allowed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const escaped = new Map<string, string>();

/** As `escapeXml`, for texts that come again and again, such as titles. */
export function escapeRepeated(text: string): string {
  const known = escaped.get(text) ?? escapeXml(text);
  if (escaped.size < 1000) escaped.set(text, known);
  return known;
}

/** Returns an element with text in it; nothing for a value that isn't text, a number or a boolean. */
export function element(name: string, value: unknown): string {
  if (typeof value === 'string') return `<${name}>${escapeXml(value)}</${name}>`;
  return typeof value === 'number' || typeof value === 'boolean' ? `<${name}>${value}</${name}>` : '';
}
