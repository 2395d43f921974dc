import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import { count, money } from '../ui/numbers.js';
import { useWidth } from '../ui/width.js';
import { AXIS_WIDTH, type Bar, Bars } from './bars.js';
import { DayAxis } from './day-axis.js';
import { lengthOf, type Range } from './days.js';
import { bucketsOf, type CurrencySales, type SalesDay, totals } from './tally.js';

const NARROWEST_BAR = 5;
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const axis = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** Revenue and units a day in one currency, stacked by marketplace; arrow keys and the pointer go through the days. */
export function CurrencyChart({ sales, range }: { readonly sales: CurrencySales; readonly range: Range }) {
  const [frame, width] = useWidth<HTMLDivElement>();
  const [chosen, setChosen] = useState<number | null>(null);
  const buckets = bucketsOf(range, Math.floor((width - AXIS_WIDTH) / NARROWEST_BAR));
  const days = sales.marketplaces.flatMap((marketplace) => marketplace.days);
  const at = chosen === null ? null : Math.min(chosen, buckets.length - 1);
  const bucket = at === null ? null : (buckets[at] ?? null);
  const bars = (of: (day: SalesDay) => number): Bar[] =>
    buckets.map((bucket) => ({
      key: bucket.from,
      values: sales.marketplaces.map(({ days }) =>
        days.filter(isIn(bucket)).reduce((total, day) => total + of(day), 0),
      ),
    }));

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const within = event.clientX - event.currentTarget.getBoundingClientRect().left - AXIS_WIDTH;
    const index = Math.floor((within / (width - AXIS_WIDTH)) * buckets.length);
    setChosen(index >= 0 && index < buckets.length ? index : null);
  };
  const press = (event: KeyboardEvent) => {
    const last = buckets.length - 1;
    const to = {
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      ArrowRight: Math.min(last, (at ?? last) + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setChosen(to);
  };

  const told = bucket ? tell(bucket, days, sales.currencyCode) : null;
  return (
    <div className="stack tight">
      <div
        ref={frame}
        className="chart"
        role="slider"
        tabIndex={0}
        aria-label={`Sales in ${sales.currencyCode}, day by day`}
        aria-valuemin={0}
        aria-valuemax={buckets.length - 1}
        aria-valuenow={at ?? buckets.length - 1}
        aria-valuetext={told ?? 'No day chosen: use the arrow keys'}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setChosen(null)}
        onKeyDown={press}
      >
        <h3 className="small muted">Revenue</h3>
        <Bars
          bars={bars(({ revenue }) => Number(revenue))}
          width={width}
          height={190}
          format={axis.format}
          chosen={at}
          label={`Revenue in ${sales.currencyCode}`}
        />
        <h3 className="small muted">Units</h3>
        <Bars
          bars={bars(({ units }) => units)}
          width={width}
          height={90}
          format={axis.format}
          chosen={at}
          label="Units"
        />
        <DayAxis buckets={buckets} days={lengthOf(range)} width={width} />
      </div>
      <p className="small numbers chart-told">
        {told ?? <span className="muted">Point at a day, or use the arrow keys, for its numbers.</span>}
      </p>
      {sales.marketplaces.length > 1 && (
        <ul className="row legend small">
          {sales.marketplaces.map(({ name }, series) => (
            <li key={name} className="row">
              <svg width="10" height="10" aria-hidden>
                <rect className={`series-${series % 8}`} width="10" height="10" rx="2" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const isIn = (range: Range) => (day: SalesDay) => day.date >= range.from && day.date <= range.to;

function tell(bucket: Range, days: readonly SalesDay[], currencyCode: string): string {
  const { revenue, units, orders } = totals(days.filter(isIn(bucket)));
  const when =
    bucket.from === bucket.to
      ? weekday.format(new Date(bucket.from))
      : day.formatRange(new Date(bucket.from), new Date(bucket.to));
  return `${when}: ${money(revenue, currencyCode)}, ${count(units)} units, ${count(orders)} orders`;
}
