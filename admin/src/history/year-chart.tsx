import type { WindowFragment } from '../generated/operations.js';
import { LOCALE } from '../ui/locale.js';
import { countStates, describeWindow, WINDOW_STATES } from './window-labels.js';
import { type Bar, toYears, type Year } from './years.js';

const LANE_REM = 1.75;
const month = new Intl.DateTimeFormat(LOCALE, { month: 'short', timeZone: 'UTC' });
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const MONTHS = Array.from({ length: 12 }, (_, index) => month.format(Date.UTC(2026, index)));

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

/** One row a year with a bar for each report, by its state. */
export function YearChart({ windows }: { readonly windows: readonly WindowFragment[] }) {
  return (
    <div className="stack tight years">
      <div className="year-row months small muted" aria-hidden>
        <span />
        <div className="year-months">
          {MONTHS.map((name) => (
            <span key={name}>{name}</span>
          ))}
        </div>
      </div>
      <ul className="stack tight">
        {toYears(windows).map((year) => (
          <YearRow key={year.year} year={year} />
        ))}
      </ul>
      <ul className="row legend small" aria-label="Reports by state">
        {countStates(windows).map(([state, count]) => (
          <li key={state} className="row">
            <span className={`window swatch ${state.toLowerCase()}`} aria-hidden />
            {WINDOW_STATES[state]}: {count}
          </li>
        ))}
      </ul>
    </div>
  );
}

function YearRow({ year: { year, lanes, bars } }: { readonly year: Year<WindowFragment> }) {
  const states = countStates(bars.map(({ window }) => window));
  return (
    <li className="year-row">
      <span className="small numbers">{year}</span>
      <span className="visually-hidden">
        {states.map(([state, count]) => `${WINDOW_STATES[state]}: ${count}`).join(', ')}
      </span>
      <div className="year" style={{ height: `${lanes * LANE_REM}rem` }} aria-hidden>
        {bars.map((bar) => (
          <WindowBar key={`${bar.start} ${bar.lane}`} bar={bar} />
        ))}
      </div>
    </li>
  );
}

function WindowBar({ bar: { window, start, length, lane, isMain } }: { readonly bar: Bar<WindowFragment> }) {
  const { state, orders } = window;
  return (
    <span
      className={`window ${state.toLowerCase()}`}
      title={describeWindow(window)}
      style={{ insetInlineStart: percent(start), width: percent(length), top: `${lane * LANE_REM}rem` }}
    >
      {state === 'GAP' && '!'}
      {isMain && orders !== null && <span className="window-orders">{compact.format(orders)}</span>}
    </span>
  );
}
