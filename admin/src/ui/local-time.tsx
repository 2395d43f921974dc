import { LOCALE } from './locale.js';

/** Formats by time zone and options: making one takes longer than a row of a table. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${timeZone} ${JSON.stringify(options)}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(LOCALE, { timeZone, ...options });
  formats.set(key, format);
  return format;
}

const SHORT = { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' } as const;
const FULL = { dateStyle: 'full', timeStyle: 'long' } as const;
const thisYear = new Date().getUTCFullYear();
const viewersTimeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface Props {
  readonly at: string;
  /** IANA name, of the marketplace; by default the viewer's. */
  readonly timeZone: string | undefined;
}

/** An ISO 8601 instant in the time zone of a marketplace, with the full one and the zone on hover. */
export function LocalTime({ at, timeZone = viewersTimeZone }: Props) {
  const date = new Date(at);
  const year = date.getUTCFullYear() === thisYear ? {} : ({ year: 'numeric' } as const);
  return (
    <time dateTime={at} title={`${formatOf(timeZone, FULL).format(date)}, ${timeZone} (${at})`}>
      {formatOf(timeZone, { ...SHORT, ...year }).format(date)}
    </time>
  );
}
