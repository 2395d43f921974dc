import { useLiveQuery } from '../api/use-live-query.js';
import { HistoryDocument } from '../generated/operations.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { CheckCard } from './check-card.js';
import { HistoryCard } from './history-card.js';
import { useKindOfRun } from './use-kind-of-run.js';
import { useThrottled } from './use-throttled.js';

/** While a run goes on, `history` is read again at its changes, but not more often. */
const REFRESH_MS = 1_000;

/** Orders from before the first sync, and checks of the mirror, both from Amazon's reports. */
export function HistoryView() {
  const { loaded, ...history } = useKindOfRun('HISTORY');
  const changes = useThrottled(`${history.version} ${history.run?.pages} ${history.run?.requests}`, REFRESH_MS);
  const [{ data, error }, refetch] = useLiveQuery({ query: HistoryDocument }, changes);
  return (
    <Page title="History" lead="Older orders, and checks of the mirror, from Amazon’s reports. Days are in UTC.">
      <RequestError error={error} onRetry={refetch} />
      {data && loaded ? (
        <>
          <HistoryCard {...history} history={data.history} keptMonths={data.orderRetention?.months ?? null} />
          <CheckCard />
        </>
      ) : (
        <section className="card body stack" aria-label="Loading the history" aria-busy>
          <div className="skeleton line title-line" />
          <div className="skeleton history-skeleton" />
        </section>
      )}
    </Page>
  );
}
