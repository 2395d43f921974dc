import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { type RunFragment, StartCheckDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { DateInput } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);

interface Props {
  readonly running: boolean;
  readonly onStart: (run: RunFragment) => void;
}

/** Starts a check. Stays in place during a check, so that the layout doesn't shift. */
export function StartCheck({ running, onStart }: Props) {
  const [{ fetching, error }, start] = useMutation(StartCheckDocument);
  const [from, setFrom] = useState(() => daysAgo(DEFAULT_DAYS));
  const [to, setTo] = useState(() => daysAgo(0));
  const request = async () => {
    const { data } = await start({ from, to });
    if (data) onStart(data.startCheck);
  };
  const blocked = running || from === '' || to === '';
  return (
    <div className="stack tight">
      <div className="row start-sync">
        <DateInput label="Updated from" value={from} onChange={setFrom} max={to || null} />
        <DateInput label="to" value={to} onChange={setTo} min={from || null} />
        <Button busy={fetching} aria-disabled={blocked} onClick={() => blocked || void request()}>
          Start check
        </Button>
      </div>
      <RequestError error={error} />
    </div>
  );
}
