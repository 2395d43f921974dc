/** docs (guideline): `AppName/Version (Language=…; Platform=…)`, Language required, at most 500 characters. */
export function userAgent(version: string, nodeVersion: string): string {
  return `Ordermirror/${version} (Language=JavaScript/ES2023; Platform=Node.js/${nodeVersion})`.slice(0, 500);
}
