import { useEffect } from 'react';
import { useQuery } from 'urql';
import { SalesDocument } from '../generated/operations.js';
import { shifted, today } from './days.js';

/**
 * The viewer's today, or their tomorrow where that has begun in a marketplace and something was sold on it. Null before
 * the server has told. @param change asked again when it changes
 */
export function useToday(change: string): string | null {
  const mine = today();
  const next = shifted(mine, 1);
  const variables = { from: next, to: next, marketplaceId: null };
  const [{ data, error }, ask] = useQuery({ query: SalesDocument, variables });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again when `change` does
  useEffect(() => ask({ requestPolicy: 'network-only' }), [change, ask]);
  if (!data && !error) return null;
  return data && data.salesByDay.length > 0 ? next : mine;
}
