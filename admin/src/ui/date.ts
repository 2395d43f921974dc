/** Returns a calendar date ("2026-11-24") as it is; null if there is no such date, like the 31st of February. */
export function parseDate(text: string | null): string | null {
  if (!text || !/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))) return null;
  return new Date(text).toISOString().startsWith(text) ? text : null;
}
