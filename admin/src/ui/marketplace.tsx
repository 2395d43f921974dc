import { lazily } from './lazily.js';
import { LOCALE } from './locale.js';

const FILES = import.meta.glob<string>(
  '../../../node_modules/country-flag-icons/3x2/{AE,AU,BE,BR,CA,DE,EG,ES,FR,GB,IE,IN,IT,JP,MX,NL,PL,SA,SE,SG,TR,US,ZA}.svg',
  { query: '?url', import: 'default', eager: true },
);
const FLAGS = new Map(Object.entries(FILES).map(([path, url]) => [path.slice(-6, -4), url]));
const names = lazily(() => new Intl.DisplayNames(LOCALE, { type: 'region' }));

/** Returns a country's name in the viewer's language; its code if the browser knows none. */
export function countryName(code: string): string {
  try {
    return names().of(isoCode(code)) ?? code;
  } catch {
    return code;
  }
}

/** A country's flag; nothing without one. */
export function Flag({ country }: { readonly country: string }) {
  const url = FLAGS.get(isoCode(country));
  return url ? <img className="flag" src={url} alt="" width={18} height={12} /> : null;
}

/** Amazon's marketplace list has UK, ISO 3166 has GB. */
const isoCode = (code: string) => (code === 'UK' ? 'GB' : code);

export function Marketplace({ of }: { readonly of: { readonly countryCode: string; readonly name: string } }) {
  return (
    <span className="marketplace">
      <Flag country={of.countryCode} /> {countryName(of.countryCode)} <span className="muted">{of.name}</span>
    </span>
  );
}
