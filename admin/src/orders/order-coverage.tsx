import { useLiveQuery } from '../api/use-live-query.js';
import {
  OrderCoverageDocument,
  type OrderCoverageQuery,
  type OrderMarketplaceFragment,
} from '../generated/operations.js';
import { LocalTime } from '../ui/local-time.js';
import { formatDay } from '../ui/time.js';

type Coverage = OrderCoverageQuery['coverage'][number];

const MAX_NAMED = 3;

interface Props {
  /** Those that are listed. */
  readonly marketplaces: readonly OrderMarketplaceFragment[];
  /** First day of the list; null for all. */
  readonly from: string | null;
  /** Loaded again when it changes. */
  readonly version: string | undefined;
}

/** Since when, and up to when, the mirror has all orders of the listed marketplaces. */
export function OrderCoverage({ marketplaces, from, version }: Props) {
  const [{ data }] = useLiveQuery({ query: OrderCoverageDocument }, version);
  if (!data || marketplaces.length === 0) return <span className="small">{'\u00a0'}</span>;
  const known = marketplaces.map((each) =>
    data.coverage.find(({ marketplaceId }) => marketplaceId === each.marketplaceId),
  );
  const unread = marketplaces.filter((_, index) => !known[index]?.provenUntil);
  if (unread.length > 0) {
    const names =
      unread.length > MAX_NAMED ? `${unread.length} marketplaces` : unread.map(({ name }) => name).join(', ');
    return <span className="small incomplete">Not complete yet: {names} not read</span>;
  }
  const since = known.map((each) => (each ? startOf(each) : '')).reduce((a, b) => (a > b ? a : b));
  const until = known.map((each) => each?.provenUntil ?? '').reduce((a, b) => (a < b ? a : b));
  const lacks = from !== null && from < since.slice(0, 10);
  return (
    <span className={lacks ? 'small incomplete' : 'small'}>
      {lacks ? 'Incomplete before' : 'Complete since'} {formatDay(since)}, up to{' '}
      <LocalTime at={until} timeZone={marketplaces.length === 1 ? marketplaces[0]?.timeZone : undefined} />
    </span>
  );
}

/** The start of the time from which all orders are known: reports of purchases may reach further back than searches. */
function startOf({ provenFrom, provenByReport }: Coverage): string {
  const start = provenFrom ?? '';
  return provenByReport.find(({ from, until }) => from < start && until >= start)?.from ?? start;
}
