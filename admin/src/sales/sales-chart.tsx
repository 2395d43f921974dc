import { type ScaleBand, scaleBand, scaleLinear } from 'd3-scale';
import type { RefObject, TargetedPointerEvent } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { LOCALE } from '../ui/locale.js';
import { formatCount, formatMoney } from '../ui/numbers.js';
import { chooseTicks, type Interval, toBuckets } from './buckets.js';
import type { DateRange } from './date-range.js';
import { ordersHref } from './orders-link.js';
import { type CurrencySales, type SalesRow, sumSales } from './totals.js';

// Lengths are in pixels.
const MIN_STEP = 2;
/** The width of the numbers left of the bars. */
const AXIS_WIDTH = 52;
/** Room for the right half of the last label. */
const RIGHT = 24;
const LABEL_WIDTH = 56;
const TOP = 8;
/** Room for the lower half of the lowest number. */
const BOTTOM = 6;

const dayFormat = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' } as const;
const day = new Intl.DateTimeFormat(LOCALE, dayFormat);
const weekday = new Intl.DateTimeFormat(LOCALE, { ...dayFormat, weekday: 'short' });
const axisDay = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const axisMonth = new Intl.DateTimeFormat(LOCALE, { month: 'short', year: '2-digit', timeZone: 'UTC' });
const axisNumber = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });

interface Props {
  readonly sales: CurrencySales;
  readonly range: DateRange;
  readonly interval: Interval;
  /** Whether all orders of these days are in the mirror. */
  readonly isCovered: (days: DateRange) => boolean;
  /** The only marketplace that is asked for; null for all. */
  readonly only: string | null;
}

/**
 * Revenue and units by day in one currency, stacked by marketplace. The pointer and arrow keys select a bar, a click or
 * Enter opens its orders.
 */
export function SalesChart({ sales, range, interval, isCovered, only }: Props) {
  const [frame, width] = useWidth();
  const [pointed, setPointed] = useState<number | null>(null);
  const [, navigate] = useLocation();
  const hatch = useId();
  const buckets = toBuckets(range, interval, Math.floor((width - AXIS_WIDTH - RIGHT) / MIN_STEP));
  const last = buckets.length - 1;
  const selected = pointed === null ? null : Math.min(pointed, last);
  const bucket = selected === null ? undefined : buckets[selected];
  const summary = bucket && describe(bucket, sales, isCovered(bucket));
  const padding = buckets.length > 150 ? 0 : buckets.length > 60 ? 0.15 : 0.3;
  // Bars, labels and pointer share it. Half a gap before the first bar makes each step as wide as the others.
  const x = scaleBand(
    buckets.map(({ from }) => from),
    [AXIS_WIDTH, Math.max(AXIS_WIDTH + 1, width - RIGHT)],
  )
    .paddingInner(padding)
    .paddingOuter(padding / 2);
  const uncovered = buckets.filter((bucket) => !isCovered(bucket));
  const charts = { buckets, sales, width, x, bucket, uncovered, hatch };

  const indexAt = (event: { readonly clientX: number; readonly currentTarget: Element }) => {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().left - AXIS_WIDTH;
    const index = Math.floor(offset / x.step());
    return index >= 0 && index <= last ? index : null;
  };
  const point = (event: TargetedPointerEvent<HTMLDivElement>) => setPointed(indexAt(event) ?? pointed);
  const open = (target: DateRange | undefined) => target && navigate(ordersHref(target, only));
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && bucket) return open(bucket);
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
        onClick={(event) => {
          const index = indexAt(event);
          if (index !== null) open(buckets[index]);
        }}
        onKeyDown={press}
      >
        <svg width="0" height="0" className="defs" aria-hidden>
          <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect className="hatch" width="2" height="6" />
          </pattern>
        </svg>
        <h3 className="small muted">Revenue</h3>
        <Bars {...charts} height={190} amountOf={({ revenue }) => Number(revenue)} />
        <h3 className="small muted">Units</h3>
        <Bars {...charts} height={90} amountOf={({ units }) => units} />
        <DayAxis buckets={buckets} x={x} width={width} />
      </div>
      <p className="small numbers chart-summary">
        {bucket ? (
          <>
            {summary} <Link href={ordersHref(bucket, only)}>View orders</Link>
          </>
        ) : (
          <span className="muted">
            Point at a bar or use the arrow keys to see its numbers; click it for its orders.
          </span>
        )}
      </p>
      {(sales.marketplaces.length > 1 || uncovered.length > 0) && (
        <ul className="row legend small">
          {sales.marketplaces.length > 1 &&
            sales.marketplaces.map(({ marketplaceId, name }, series) => (
              <li key={marketplaceId} className="row">
                <svg width="10" height="10" aria-hidden>
                  <rect className={`series-${series % 8}`} width="10" height="10" rx="2" />
                </svg>
                {name}
              </li>
            ))}
          {uncovered.length > 0 && (
            <li className="row">
              <svg width="14" height="10" aria-hidden>
                <rect fill={`url(#${hatch})`} width="14" height="10" />
              </svg>
              Not completely read
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

const isIn = (range: DateRange) => (row: SalesRow) => row.from >= range.from && row.from <= range.to;

function describe(bucket: DateRange, { marketplaces, currencyCode }: CurrencySales, isCovered: boolean): string {
  const sums = sumSales(marketplaces.flatMap(({ rows }) => rows.filter(isIn(bucket))));
  const [from, to] = [new Date(bucket.from), new Date(bucket.to)];
  const when = bucket.from === bucket.to ? weekday.format(from) : day.formatRange(from, to);
  const numbers = `${formatMoney(sums.revenue, currencyCode)}, ${formatCount(sums.units)} units, ${formatCount(sums.orders)} orders`;
  return `${when}: ${numbers}${isCovered ? '' : ', not completely read'}.`;
}

interface BarsProps {
  readonly buckets: readonly DateRange[];
  readonly sales: CurrencySales;
  readonly width: number;
  readonly height: number;
  readonly x: ScaleBand<string>;
  /** The selected one. */
  readonly bucket: DateRange | undefined;
  readonly uncovered: readonly DateRange[];
  /** The id of the pattern. */
  readonly hatch: string;
  readonly amountOf: (row: SalesRow) => number;
}

/** Stacked bars, hidden from screen readers: the table has the numbers. */
function Bars({ buckets, sales, width, height, x, bucket, uncovered, hatch, amountOf }: BarsProps) {
  const bars = buckets.map((bucket) => ({
    key: bucket.from,
    values: sales.marketplaces.map(({ rows }) =>
      rows.filter(isIn(bucket)).reduce((total, row) => total + amountOf(row), 0),
    ),
  }));
  const sums = bars.map(({ values }) => values.reduce((total, value) => total + value, 0));
  const y = scaleLinear([0, Math.max(1, ...sums)], [height - BOTTOM, TOP]).nice(3);
  /** The whole step of a bar, with half of the gap on each side. */
  const column = ({ from }: DateRange) => ({
    x: (x(from) ?? 0) - (x.step() - x.bandwidth()) / 2,
    y: TOP,
    width: x.step(),
    height: height - TOP - BOTTOM,
  });
  return (
    <svg className="bars" width={width} height={height} aria-hidden>
      {y.ticks(height > 120 ? 4 : 2).map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line className="grid" x1={AXIS_WIDTH} x2={width - RIGHT} />
          <text className="tick" x={AXIS_WIDTH - 8} dy="0.32em" text-anchor="end">
            {axisNumber.format(tick)}
          </text>
        </g>
      ))}
      {uncovered.map((bucket) => (
        <rect key={bucket.from} className="uncovered" fill={`url(#${hatch})`} {...column(bucket)} />
      ))}
      {bucket && <rect className="selected" {...column(bucket)} />}
      {bars.map(({ key, values }) => {
        let sum = 0;
        return values.map((value, series) => {
          const bottom = y(sum);
          sum += value;
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a series is identified by its position
              key={`${key} ${series}`}
              className={`bar-part series-${series % 8}`}
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

/** Dates below the middle of their bars, as many as fit. */
function DayAxis({ buckets, x, width }: Pick<BarsProps, 'buckets' | 'x' | 'width'>) {
  return (
    <svg className="bars day-axis" width={width} height={18} aria-hidden>
      {chooseTicks(buckets, x.step(), LABEL_WIDTH).map(({ index, date, isMonth }) => (
        <text
          key={index}
          className="tick"
          x={(x(buckets[index]?.from ?? '') ?? 0) + x.bandwidth() / 2}
          y={12}
          text-anchor="middle"
        >
          {(isMonth ? axisMonth : axisDay).format(new Date(date))}
        </text>
      ))}
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
