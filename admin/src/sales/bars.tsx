import { scaleBand, scaleLinear } from 'd3-scale';

export interface Bar {
  readonly key: string;
  /** One value a series, stacked from below. */
  readonly values: readonly number[];
}

interface Props {
  readonly bars: readonly Bar[];
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: (value: number) => string;
  /** The bar that is looked at. */
  readonly chosen: number | null;
  readonly label: string;
}

/** Where the bars begin, right of the axis' numbers. */
export const AXIS_WIDTH = 52;
const TOP = 8;
/** Room for the lower half of the lowest number. */
const BOTTOM = 6;

/** Stacked bars over a quiet grid. The numbers themselves are in the table beside it. */
export function Bars({ bars, width, height, format, chosen, label }: Props) {
  const sums = bars.map(({ values }) => values.reduce((total, value) => total + value, 0));
  const y = scaleLinear([0, Math.max(1, ...sums)], [height - BOTTOM, TOP]).nice(3);
  const x = scaleBand(
    bars.map(({ key }) => key),
    [AXIS_WIDTH, width],
  ).paddingInner(bars.length > 60 ? 0.15 : 0.3);
  const ticks = y.ticks(height > 120 ? 4 : 2);
  return (
    <svg className="bars" width={width} height={height} aria-hidden>
      <title>{label}</title>
      {ticks.map((tick) => (
        <g key={tick} transform={`translate(0 ${y(tick)})`}>
          <line className="grid" x1={AXIS_WIDTH} x2={width} />
          <text className="tick" x={AXIS_WIDTH - 8} dy="0.32em" textAnchor="end">
            {format(tick)}
          </text>
        </g>
      ))}
      {chosen !== null && bars[chosen] && (
        <rect
          className="chosen"
          x={(x(bars[chosen].key) ?? 0) - (x.step() - x.bandwidth()) / 2}
          y={TOP}
          width={x.step()}
          height={height - TOP - BOTTOM}
        />
      )}
      {bars.map(({ key, values }) => {
        let below = 0;
        return values.map((value, series) => {
          const bottom = y(below);
          below += value;
          const top = y(below);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a series is its place
              key={`${key} ${series}`}
              className={`series-${series % 8}`}
              x={x(key)}
              y={top}
              width={x.bandwidth()}
              height={Math.max(0, bottom - top)}
              rx={x.bandwidth() > 6 ? 2 : 0}
            />
          );
        });
      })}
    </svg>
  );
}
