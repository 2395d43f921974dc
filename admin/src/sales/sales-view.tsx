import { Link, useSearchParams } from 'wouter-preact';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Select } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';
import { Page } from '../ui/page.js';
import { formatDay, Time } from '../ui/time.js';
import { coverageOf, type SalesCoverage } from './coverage.js';
import { CurrencyCard, type View } from './currency-card.js';
import { parsePeriod, today } from './date-range.js';
import { DownloadSales } from './download-sales.js';
import { PeriodPicker } from './period-picker.js';
import { SalesSummary } from './sales-summary.js';
import { UnpricedNote } from './unpriced-note.js';
import { useSales, useSalesMarketplaces } from './use-sales.js';

const VIEWS: readonly (readonly [View, string])[] = [
  ['days', 'By day'],
  ['products', 'Best sellers'],
];

/** Revenue and units by day or product, currency and marketplace. The URL holds period, view and marketplace. */
export function SalesView() {
  const [query, setQuery] = useSearchParams();
  const { marketplaces, coverage, error: marketplacesError, refetch } = useSalesMarketplaces();
  const period = parsePeriod(query, today(marketplaces ?? []));
  const view: View = query.get('view') === 'products' ? 'products' : 'days';
  const only = marketplaces?.find(({ marketplaceId }) => marketplaceId === query.get('marketplace'))?.marketplaceId;
  const asked = marketplaces?.filter(({ marketplaceId }) => !only || marketplaceId === only) ?? [];
  const result = useSales(period, marketplaces, only ?? null);
  const { shown, fetching } = result;
  const error = marketplacesError ?? result.error;
  const covered = coverageOf(asked, coverage);
  const set = (changes: Readonly<Record<string, string | null>>) =>
    setQuery((current) => {
      const next = new URLSearchParams(current);
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) next.delete(name);
        else next.set(name, value);
      }
      return next;
    });
  return (
    <Page title="Sales" lead="Days are each marketplace’s own. Cancelled orders are left out.">
      <div className="row spread filters">
        <PeriodPicker period={period} onChange={set} />
        <div className="row">
          <fieldset className="segments">
            <legend className="visually-hidden">View</legend>
            {VIEWS.map(([key, name]) => (
              <Button
                key={key}
                look="quiet"
                aria-pressed={view === key}
                onClick={() => set({ view: key === 'days' ? null : key })}
              >
                {name}
              </Button>
            ))}
          </fieldset>
          {marketplaces?.length !== 1 && (
            <Select
              label="Marketplace"
              value={only ?? ''}
              options={[
                ['', 'All'],
                ...(marketplaces ?? []).map(({ marketplaceId, name }) => [marketplaceId, name] as const),
              ]}
              onChange={(id) => set({ marketplace: id || null })}
            />
          )}
          <DownloadSales of={shown} view={view} only={only ?? null} />
        </div>
      </div>
      <RequestError
        error={error}
        onRetry={() => {
          refetch();
          result.refetch();
        }}
      />
      {asked.length === 0 ? (
        <p className="small completeness">&nbsp;</p>
      ) : (
        <p className="small muted completeness">
          <Completeness coverage={covered} isComplete={covered.covers(period.range)} />{' '}
          <UnpricedNote range={period.range} only={only ?? null} />
        </p>
      )}
      {!shown && !error && <div className="card skeleton chart-skeleton" />}
      {shown?.sales.length === 0 && (
        <section className="card empty">
          <h2>No sales in this period</h2>
          <p>
            Choose a longer one, or see in <Link href="/sync">Sync</Link> how far the mirror is complete.
          </p>
        </section>
      )}
      {shown && (
        <div className="stack wide" aria-busy={fetching}>
          <SalesSummary of={shown} isCovered={covered.covers} />
          {shown.sales.map((sales) => (
            <CurrencyCard
              key={sales.currencyCode}
              sales={sales}
              of={shown}
              view={view}
              isCovered={covered.covers}
              only={only ?? null}
            />
          ))}
        </div>
      )}
    </Page>
  );
}

interface CompletenessProps {
  readonly coverage: SalesCoverage;
  /** Whether the period that is shown is. */
  readonly isComplete: boolean;
}

/** Since when and up to when the numbers are complete. */
function Completeness({ coverage: { since, until }, isComplete }: CompletenessProps) {
  return (
    <>
      {!isComplete && <Badge tone="warn">Incomplete</Badge>}{' '}
      {since && until ? (
        <>
          Orders are complete since {formatDay(since)}, up to <Time at={until} />.
        </>
      ) : (
        'Not all marketplaces have been read once.'
      )}{' '}
      {!isComplete && (
        <>
          Older ones come from <Link href="/history">History</Link>.
        </>
      )}
    </>
  );
}
