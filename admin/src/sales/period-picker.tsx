import { Button } from '../ui/button.js';
import { DateInput } from '../ui/form.js';
import { type DateRange, type Period, PRESETS } from './date-range.js';

interface Props {
  readonly period: Period;
  readonly onChange: (change: Readonly<Record<string, string | null>>) => void;
}

/** Selects a preset, or fixed first and last days. */
export function PeriodPicker({ period: { range, preset }, onChange }: Props) {
  const select = (change: Partial<DateRange>) => {
    const { from, to } = { ...range, ...change };
    if (from && to && from <= to) onChange({ from, to, period: null });
  };
  return (
    <div className="row">
      <fieldset className="segments">
        <legend className="visually-hidden">Period</legend>
        {Object.entries(PRESETS).map(([key, { name }]) => (
          <Button
            key={key}
            look="quiet"
            aria-pressed={preset === key}
            onClick={() => onChange({ period: key, from: null, to: null })}
          >
            {name}
          </Button>
        ))}
      </fieldset>
      <div className="row">
        <DateInput label="From" value={range.from} max={range.to} onChange={(from) => select({ from })} />
        <DateInput label="to" value={range.to} min={range.from} onChange={(to) => select({ to })} />
      </div>
    </div>
  );
}
