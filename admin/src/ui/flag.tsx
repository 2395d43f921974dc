const COUNTRIES = import.meta.glob<string>(
  '../../../node_modules/country-flag-icons/3x2/{AE,AU,BE,BR,CA,DE,EG,ES,FR,GB,IE,IN,IT,JP,MX,NL,PL,SA,SE,SG,TR,US,ZA}.svg',
  { query: '?url', import: 'default', eager: true },
);
const FLAGS = new Map(Object.entries(COUNTRIES).map(([path, url]) => [path.slice(-6, -4), url]));
const names = new Intl.DisplayNames(undefined, { type: 'region' });

/** A country's name for the viewer; its code where the browser knows none. Amazon says UK where others say GB. */
export function countryName(code: string): string {
  try {
    return names.of(standard(code)) ?? code;
  } catch {
    return code;
  }
}

/** A country's flag; nothing for a country that has none here. */
export function Flag({ country }: { readonly country: string }) {
  const url = FLAGS.get(standard(country));
  return url ? <img className="flag" src={url} alt="" width={18} height={12} /> : null;
}

const standard = (code: string) => (code === 'UK' ? 'GB' : code);
