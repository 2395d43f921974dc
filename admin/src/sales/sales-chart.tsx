import { scaleBand, scaleLinear } from 'd3-scale';
import { type KeyboardEvent, type PointerEvent, type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { type DateRange, lengthInDays, toBuckets } from './date-range.js';
import { type CurrencySales, type SalesDay, sumSales } from './totals.js';

// Lengths are in pixels.
const MIN_BAR_WIDTH = 5;
/** The width of the numbers left of the bars. */
const AXIS_WIDTH = 52;
const LABEL_WIDTH = 64;
const TOP = 8;
/** Room for the lower half of the lowest number. */
const BOTTOM = 6;
/** Longer ranges are labelled with months in place of days. */
const MAX_DAY_LABELS = 300;

const dayFormat = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
const day = new Intl.DateTimeFormat(undefined, dayFormat);
const weekday = new Intl.DateTimeFormat(undefined, { ...dayFormat, weekday: 'short' });
const axisDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const axisMonth = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' });
const axisNumber = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** Revenue and units by day in one currency, stacked by marketplace. The pointer and arrow keys select a day. */
export function SalesChart({ sales, range }: { readonly sales: CurrencySales; readonly range: DateRange }) {
  const [frame, width] = useWidth();
  const [pointed, setPointed] = useState<number | null>(null);
  const buckets = toBuckets(range, Math.floor((width - AXIS_WIDTH) / MIN_BAR_WIDTH));
  const last = buckets.length - 1;
  const selected = pointed === null ? null : Math.min(pointed, last);
  const bucket = selected === null ? undefined : buckets[selected];
  const summary = bucket && describe(bucket, sales);
  const charts = { buckets, sales, width, selected };

  const point = (event: PointerEvent<HTMLDivElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - AXIS_WIDTH;
    const index = Math.floor((x / (width - AXIS_WIDTH)) * buckets.length);
    setPointed(index >= 0 && index <= last ? index : null);
  };
  const press = (event: KeyboardEvent) => {
    const target = {
      ArrowLeft: Math.max(0, (selected ?? last + 1) - 1),
      ArrowRight: Math.min(last, (selected ?? last) + 1),
      Home: 0,
      End: last,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    setPointed(target);
  };
  return (
    <div className="stack tight">
      <div
        ref={frame}
        className="chart"
        role="slider"
        tabIndex={0}
        aria-label={`Sales in ${sales.currencyCode} by day`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={selected ?? last}
        aria-valuetext={summary ?? 'No day selected. Use the arrow keys.'}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setPointed(null)}
        onKeyDown={press}
      >
        <h3 className="small muted">Revenue</h3>
        <Bars {...charts} height={190} amountOf={({ revenue }) => Number(revenue)} />
        <h3 className="small muted">Units</h3>
        <Bars {...charts} height={90} amountOf={({ units }) => units} />
        <DayAxis buckets={buckets} days={lengthInDays(range)} width={width} />
      </div>
      <p className="small numbers chart-summary">
        {summary ?? <span className="muted">Hover over a day or use the arrow keys to see its numbers.</span>}
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

const isIn = (range: DateRange) => (day: SalesDay) => day.date >= range.from && day.date <= range.to;

function describe(bucket: DateRange, { marketplaces, currencyCode }: CurrencySales): string {
  const { revenue, units, orders } = sumSales(marketplaces.flatMap(({ days }) => days.filter(isIn(bucket))));
  const [from, to] = [new Date(bucket.from), new Date(bucket.to)];
  const when = bucket.from === bucket.to ? weekday.format(from) : day.formatRange(from, to);
  return `${when}: ${formatMoney(revenue, currencyCode)}, ${formatCount(units)} units, ${formatCount(orders)} orders`;
}

interface BarsProps {
  readonly buckets: readonly DateRange[];
  readonly sales: CurrencySales;
  readonly width: number;
  readonly height: number;
  readonly selected: number | null;
  readonly amountOf: (day: SalesDay) => number;
}

/** Stacked bars, hidden from screen readers: the table has the numbers. */
function Bars({ buckets, sales, width, height, selected, amountOf }: BarsProps) {
  const bars = buckets.map((bucket) => ({
    key: bucket.from,
    values: sales.marketplaces.map(({ days }) =>
      days.filter(isIn(bucket)).reduce((total, day) => total + amountOf(day), 0),
    ),
  }));
  const sums = bars.map(({ values }) => values.reduce((total, value) => total + value, 0));
  const y = scaleLinear([0, Math.max(1, ...sums)], [height - BOTTOM, TOP]).nice(3);
  const x = scaleBand(
    bars.map(({ key }) => key),
    [AXIS_WIDTH, width],
  ).paddingInner(bars.length > 60 ? 0.15 : 0.3);
  const highlighted = selected === null ? undefined : bars[selected];
  return (
    <svg className="bars" width={width} height={height} aria-hidden>
      {y.ticks(height > 120 ? 4 : 2).map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line className="grid" x1={AXIS_WIDTH} x2={width} />
          <text className="tick" x={AXIS_WIDTH - 8} dy="0.32em" textAnchor="end">
            {axisNumber.format(tick)}
          </text>
        </g>
      ))}
      {highlighted && (
        <rect
          className="selected"
          x={(x(highlighted.key) ?? 0) - (x.step() - x.bandwidth()) / 2}
          y={TOP}
          width={x.step()}
          height={height - TOP - BOTTOM}
        />
      )}
      {bars.map(({ key, values }) => {
        let sum = 0;
        return values.map((value, series) => {
          const bottom = y(sum);
          sum += value;
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a series is identified by its position
              key={`${key} ${series}`}
              className={`series-${series % 8}`}
              x={x(key)}
              y={y(sum)}
              width={x.bandwidth()}
              height={Math.max(0, bottom - y(sum))}
              rx={x.bandwidth() > 6 ? 2 : 0}
            />
          );
        });
      })}
    </svg>
  );
}

interface DayAxisProps {
  readonly buckets: readonly DateRange[];
  /** The number of days in all buckets. */
  readonly days: number;
  readonly width: number;
}

/** Evenly spaced dates below the bars, as many as fit. */
function DayAxis({ buckets, days, width }: DayAxisProps) {
  const step = (width - AXIS_WIDTH) / Math.max(1, buckets.length);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  const { format } = days > MAX_DAY_LABELS ? axisMonth : axisDay;
  return (
    <svg className="bars" width={width} height={18} aria-hidden>
      {buckets.map(({ from }, index) => {
        const x = AXIS_WIDTH + step * (index + 0.5);
        if (index % every !== 0) return null;
        const anchor = x < AXIS_WIDTH + LABEL_WIDTH / 4 ? 'start' : x > width - LABEL_WIDTH / 2 ? 'end' : 'middle';
        const at = { start: AXIS_WIDTH, middle: x, end: width }[anchor];
        return (
          <text key={from} className="tick" x={at} y={12} textAnchor={anchor}>
            {format(new Date(from))}
          </text>
        );
      })}
    </svg>
  );
}

/** Returns an element's width, updated when it is resized. */
function useWidth(): readonly [RefObject<HTMLDivElement | null>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const { current } = element;
    if (!current) return;
    const measure = () => setWidth(current.clientWidth);
    const observer = new ResizeObserver(measure);
    measure();
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}
