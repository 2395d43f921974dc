import { useEffect, useState } from 'react';
import { type CombinedError, useClient } from 'urql';
import { useLiveQuery } from '../api/use-live-query.js';
import { SalesDocument } from '../generated/operations.js';
import { addDays, type DateRange, today } from './date-range.js';
import { type CurrencySales, groupByCurrency } from './totals.js';

export interface SalesResult {
  /** Undefined before the first response; the previous sales while the next are loading. */
  readonly sales: readonly CurrencySales[] | undefined;
  /** The range of `sales`. */
  readonly range: DateRange;
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
}

/**
 * Queries the sales of a range, of each marketplace or of `only` one.
 * @param marketplaces the connection's; undefined while loading
 * @param version the sales are loaded again when it changes
 */
export function useSales(
  { from, to }: DateRange,
  marketplaces: readonly { readonly marketplaceId: string; readonly name: string }[] | undefined,
  only: string | null,
  version: string,
): SalesResult {
  const client = useClient();
  const [result, setResult] = useState<SalesResult>({
    sales: undefined,
    range: { from, to },
    error: undefined,
    fetching: true,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `version` triggers a reload
  useEffect(() => {
    if (!marketplaces) return;
    let cancelled = false;
    const query = async (marketplaceId: string | null) => {
      const variables = { from, to, marketplaceId };
      const { data, error } = await client.query(SalesDocument, variables, { requestPolicy: 'network-only' });
      if (!data) throw error;
      return data.salesByDay;
    };
    const shown = only ? marketplaces.filter(({ marketplaceId }) => marketplaceId === only) : marketplaces;
    setResult((previous) => ({ ...previous, fetching: true }));
    Promise.all([
      query(only),
      ...shown.map(async ({ marketplaceId, name }) => ({ name, days: await query(marketplaceId) })),
    ]).then(
      ([all, ...connected]) => {
        if (cancelled) return;
        setResult({ sales: groupByCurrency(all, connected), range: { from, to }, error: undefined, fetching: false });
      },
      (error: CombinedError) => {
        if (!cancelled) setResult((previous) => ({ ...previous, error, fetching: false }));
      },
    );
    return () => {
      cancelled = true;
    };
  }, [client, from, to, marketplaces, only, version]);
  return result;
}

/**
 * Returns the viewer's date, or tomorrow's if a marketplace east of the viewer already has sales on it; null while
 * loading. Checked again when `version` changes.
 */
export function useToday(version: string): string | null {
  const tomorrow = addDays(today(), 1);
  const variables = { from: tomorrow, to: tomorrow, marketplaceId: null };
  const [{ data, error }] = useLiveQuery({ query: SalesDocument, variables }, version);
  if (!data && !error) return null;
  return data && data.salesByDay.length > 0 ? tomorrow : today();
}
