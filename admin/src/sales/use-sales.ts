import { useEffect, useState } from 'react';
import { type CombinedError, useClient } from 'urql';
import { SalesDocument } from '../generated/operations.js';
import type { Range } from './days.js';
import { byCurrency, type CurrencySales } from './tally.js';

export interface SalesAnswer {
  /** Undefined before the first answer; the one before while the next is on its way. */
  readonly sales: readonly CurrencySales[] | undefined;
  /** The range that `sales` are of. */
  readonly of: Range;
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
}

/** Sales of a range, of each marketplace. @param change asked again when it changes */
export function useSales(
  range: Range,
  marketplaces: readonly { readonly marketplaceId: string; readonly name: string }[] | undefined,
  only: string | null,
  change: string,
): SalesAnswer {
  const client = useClient();
  const [answer, setAnswer] = useState<SalesAnswer>({ sales: undefined, of: range, error: undefined, fetching: true });
  const { from, to } = range;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when `change` does
  useEffect(() => {
    if (!marketplaces) return;
    let left = false;
    const ask = async (marketplaceId: string | null) => {
      const context = { requestPolicy: 'network-only' as const };
      const { data, error } = await client.query(SalesDocument, { from, to, marketplaceId }, context).toPromise();
      if (!data) throw error;
      return data.salesByDay;
    };
    const shown = only ? marketplaces.filter(({ marketplaceId }) => marketplaceId === only) : marketplaces;
    setAnswer((before) => ({ ...before, fetching: true }));
    Promise.all([
      ask(only),
      ...shown.map(async ({ marketplaceId, name }) => ({ name, days: await ask(marketplaceId) })),
    ]).then(
      ([all, ...known]) => {
        if (!left) setAnswer({ sales: byCurrency(all, known), of: { from, to }, error: undefined, fetching: false });
      },
      (error: CombinedError) => {
        if (!left) setAnswer((before) => ({ ...before, error, fetching: false }));
      },
    );
    return () => {
      left = true;
    };
  }, [client, from, to, marketplaces, only, change]);
  return answer;
}
