import { countryName, Flag } from './flag.js';

/** A marketplace by its flag, country and name. */
export function Marketplace({ of }: { readonly of: { readonly countryCode: string; readonly name: string } }) {
  return (
    <span className="marketplace">
      <Flag country={of.countryCode} /> {countryName(of.countryCode)} <span className="muted">{of.name}</span>
    </span>
  );
}
