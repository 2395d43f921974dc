import { AXIS_WIDTH } from './bars.js';
import type { Range } from './days.js';

const LABEL_WIDTH = 64;
const HEIGHT = 18;
const within = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const withYear = new Intl.DateTimeFormat(undefined, { month: 'short', year: 'numeric', timeZone: 'UTC' });
const A_YEAR_OF_MONTHS = 300;

interface Props {
  /** What each bar is of, from left to right. */
  readonly buckets: readonly Range[];
  /** How many days they are of, together. */
  readonly days: number;
  /** In pixels. */
  readonly width: number;
}

/** The days below the bars: so many of them as have room, evenly spaced. */
export function DayAxis({ buckets, days, width }: Props) {
  const step = (width - AXIS_WIDTH) / Math.max(1, buckets.length);
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / step));
  const { format } = days > A_YEAR_OF_MONTHS ? withYear : within;
  return (
    <svg className="bars" width={width} height={HEIGHT} aria-hidden>
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
