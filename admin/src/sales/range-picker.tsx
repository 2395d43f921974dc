import { Button } from '../ui/button.js';
import { lastDays, lengthOf, type Range } from './days.js';

const PRESETS = [7, 30, 90, 365];

interface Props {
  readonly range: Range;
  /** Null before it is known. */
  readonly today: string | null;
  readonly onChange: (change: Readonly<Record<string, string | null>>) => void;
}

/** Picks a range: the last days, or from one date to another. */
export function RangePicker({ range, today, onChange }: Props) {
  const pick = (part: Partial<Range>) => {
    const { from, to } = { ...range, ...part };
    if (from && to && from <= to) onChange({ from, to, days: null });
  };
  return (
    <div className="row">
      <fieldset className="segments">
        <legend className="hidden-visually">Range</legend>
        {PRESETS.map((days) => (
          <Button
            key={days}
            look="quiet"
            aria-pressed={range.to === (today ?? lastDays(days).to) && lengthOf(range) === days}
            onClick={() => onChange({ days: String(days), from: null, to: null })}
          >
            {days === 365 ? '1 year' : `${days} days`}
          </Button>
        ))}
      </fieldset>
      <label className="row small labelled">
        From
        <input
          className="input date"
          type="date"
          value={range.from}
          max={range.to}
          onChange={(event) => pick({ from: event.target.value })}
        />
      </label>
      <label className="row small labelled">
        to
        <input
          className="input date"
          type="date"
          value={range.to}
          min={range.from}
          onChange={(event) => pick({ to: event.target.value })}
        />
      </label>
    </div>
  );
}
