import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { type HistoryQuery, type RunFragment, StartHistoryDocument } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { DateInput } from '../ui/form.js';
import { RequestError } from '../ui/notice.js';

interface Props {
  readonly history: HistoryQuery['history'];
  readonly onStart: (run: RunFragment) => void;
}

/** Starts a run that reads what the history lacks. */
export function StartHistory({ history, onStart }: Props) {
  const [{ fetching, error }, start] = useMutation(StartHistoryDocument);
  const isUnfinished = history !== null && !history.complete;
  const [from, setFrom] = useState((isUnfinished && history.from) || '');
  const request = async () => {
    const { data } = await start({ from: from || null });
    if (data) onStart(data.startHistory);
  };
  return (
    <div className="stack tight">
      <div className="row start-sync">
        <Button look={history?.complete ? 'plain' : 'primary'} busy={fetching} onClick={() => void request()}>
          {isUnfinished ? 'Continue' : 'Read older orders'}
        </Button>
        <DateInput label="purchased since" value={from} onChange={setFrom} />
        <span className="muted small">{from ? '' : 'Without a date: all that Amazon keeps.'}</span>
      </div>
      <RequestError error={error} />
    </div>
  );
}
