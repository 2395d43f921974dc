import type { CombinedError } from '@urql/preact';
import { useEffect, useRef } from 'preact/hooks';
import { useLiveQuery } from '../api/use-live-query.js';
import {
  SalesDocument,
  SalesMarketplacesDocument,
  type SalesMarketplacesQuery,
  SalesTotalsDocument,
  type SalesTotalsQuery,
} from '../generated/operations.js';
import { type Interval, intervalFor } from './buckets.js';
import type { Period } from './date-range.js';
import { type CurrencySales, groupByCurrency } from './totals.js';

export type SalesMarketplace = NonNullable<SalesMarketplacesQuery['connection']>['marketplaces'][number];

/** The connection's marketplaces and what of them is covered; undefined while loading. */
export function useSalesMarketplaces() {
  const [{ data, error }, refetch] = useLiveQuery({ query: SalesMarketplacesDocument });
  return {
    marketplaces: data && (data.connection?.marketplaces ?? []),
    coverage: data?.coverage ?? [],
    error: data ? undefined : error,
    refetch,
  };
}

export interface Sales {
  readonly period: Period;
  readonly interval: Interval;
  readonly sales: readonly CurrencySales[];
  /** Sums of the period before, by currency. */
  readonly before: SalesTotalsQuery['sales'];
}

export interface SalesResult {
  /** Undefined before the first response; the previous sales while the next are loading. */
  readonly shown: Sales | undefined;
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
  readonly refetch: () => void;
}

/**
 * Queries the sales of a period and the sums of the one before, for all marketplaces in one request each.
 * @param marketplaces the connection's; undefined while loading
 * @param only the id of the only marketplace that is asked for; null for all
 */
export function useSales(
  period: Period,
  marketplaces: readonly SalesMarketplace[] | undefined,
  only: string | null,
): SalesResult {
  const { range, before } = period;
  const interval = intervalFor(range, only ? 1 : (marketplaces?.length ?? 1));
  const marketplaceIds = only ? [only] : null;
  const pause = marketplaces === undefined;
  const [current, refetch] = useLiveQuery({
    query: SalesDocument,
    variables: { ...range, interval, marketplaceIds },
    pause,
  });
  const [previous, refetchBefore] = useLiveQuery({
    query: SalesTotalsDocument,
    variables: { ...before, marketplaceIds },
    pause,
  });
  const fetching = pause || current.fetching || previous.fetching || current.stale;
  const answered =
    !fetching && marketplaces && current.data && previous.data
      ? { period, interval, sales: groupByCurrency(current.data.sales, marketplaces), before: previous.data.sales }
      : undefined;
  const last = useRef(answered);
  useEffect(() => {
    if (answered) last.current = answered;
  });
  return {
    shown: answered ?? last.current,
    error: current.error ?? previous.error,
    fetching,
    refetch: () => {
      refetch();
      refetchBefore();
    },
  };
}
