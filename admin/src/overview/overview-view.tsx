import { useLiveQuery } from '../api/use-live-query.js';
import { NotConnected } from '../connection/not-connected.js';
import { OverviewCountsDocument, OverviewProblemsDocument, SalesDocument } from '../generated/operations.js';
import { addDays, dateIn, parsePeriod, today } from '../sales/date-range.js';
import { useSales, useSalesMarketplaces } from '../sales/use-sales.js';
import { useMirror } from '../sync/mirror.js';
import { MirrorState } from '../sync/mirror-state.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { Attention } from './attention.js';
import { LatestChanges } from './latest-changes.js';
import { MonthCard } from './month-card.js';
import { ToShipCard } from './to-ship-card.js';
import { TwoDays } from './two-days.js';

/** The state of the business on one page: today and yesterday, what is to ship, the last 30 days, and what is wrong. */
export function OverviewView() {
  const mirror = useMirror();
  const { marketplaces, coverage, error: marketplacesError, refetch } = useSalesMarketplaces();
  const isConnected = marketplaces !== undefined && marketplaces.length > 0;
  const now = today(marketplaces ?? []);
  // Where the day began last, yesterday is a day earlier.
  const first = addDays((marketplaces ?? []).map(({ timeZone }) => dateIn(timeZone)).sort()[0] ?? now, -1);
  const [days, refetchDays] = useLiveQuery({
    query: SalesDocument,
    variables: { from: first, to: now, interval: 'DAY', marketplaceIds: null },
    pause: !isConnected,
  });
  const period = parsePeriod(new URLSearchParams(), now);
  const month = useSales(period, marketplaces, null);
  const [counts, refetchCounts] = useLiveQuery({ query: OverviewCountsDocument });
  const [problems, refetchProblems] = useLiveQuery({ query: OverviewProblemsDocument });
  const error = marketplacesError ?? days.error ?? month.error ?? counts.error ?? problems.error;
  const retry = () => {
    for (const ask of [refetch, refetchDays, month.refetch, refetchCounts, refetchProblems]) ask();
  };
  return (
    <Page title="Overview" lead={mirror ? <MirrorState mirror={mirror} /> : null}>
      <RequestError error={error} onRetry={retry} />
      {marketplaces?.length === 0 ? (
        <NotConnected />
      ) : (
        <div className="overview">
          {marketplaces && days.data && month.shown && counts.data && problems.data ? (
            <>
              <TwoDays marketplaces={marketplaces} sales={days.data.sales} />
              <ToShipCard counts={counts.data} />
              <Attention
                problems={problems.data}
                marketplaces={marketplaces}
                unpriced={counts.data.unpriced.totalCount}
              />
              <MonthCard of={month.shown} marketplaces={marketplaces} coverage={coverage} />
              <LatestChanges />
            </>
          ) : (
            !error && <div className="card skeleton chart-skeleton whole" />
          )}
        </div>
      )}
    </Page>
  );
}
