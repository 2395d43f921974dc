import { LOCALE } from '../ui/locale.js';

const percent = new Intl.NumberFormat(LOCALE, {
  style: 'percent',
  maximumFractionDigits: 0,
  signDisplay: 'exceptZero',
});

interface Props {
  readonly now: number;
  readonly before: number;
  /** What `before` is of, for screen readers: "1 – 30 Oct 2026". */
  readonly of: string;
}

/** The change against the period before: "+12 %". Nothing to compare with: a dash. */
export function Change({ now, before, of }: Props) {
  if (before === 0)
    return (
      <span className="change muted" title={`Nothing sold in ${of}`}>
        —
      </span>
    );
  const share = (now - before) / Math.abs(before);
  return (
    <span className={`change numbers ${share < 0 ? 'down' : 'up'}`} title={`Against ${of}`}>
      {percent.format(share)}
    </span>
  );
}
