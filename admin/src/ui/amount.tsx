import { money } from './numbers.js';

/** Money, or a dash where Amazon has not said how much. */
export function Amount({ of }: { readonly of: { readonly amount: string; readonly currencyCode: string } | null }) {
  if (of) return <>{money(of.amount, of.currencyCode)}</>;
  return (
    <span className="muted" title="Amazon has not said yet">
      <span aria-hidden>—</span>
      <span className="hidden-visually">not said by Amazon yet</span>
    </span>
  );
}
