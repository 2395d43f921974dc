import { useMutation } from '@urql/preact';
import { type RunFragment, StartHistoryDocument, type WindowFragment } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Notice, RequestError } from '../ui/notice.js';
import { formatDays } from '../ui/time.js';

interface Props {
  /** The first day of the history, which stays as it is. */
  readonly from: string | null;
  /** Those that could not be read. */
  readonly windows: readonly WindowFragment[];
  /** Null: the user may not start a run. */
  readonly onStart: ((run: RunFragment) => void) | null;
}

/** The ranges of days that are missing, with their reasons, and the button that tries them again. */
export function Gaps({ from, windows, onStart }: Props) {
  const [{ fetching, error }, start] = useMutation(StartHistoryDocument);
  const retry = async () => {
    const { data } = await start({ from });
    if (data) onStart?.(data.startHistory);
  };
  const title = windows.length === 1 ? '1 report could not be read' : `${windows.length} reports could not be read`;
  return (
    <Notice tone="warn" title={title}>
      <div className="stack tight">
        <p>Orders that were purchased on these days may be missing. All others are in the mirror.</p>
        <ul className="stack tight small">
          {windows.map((window) => (
            <li key={`${window.from} ${window.until}`}>
              <strong className="numbers">{formatDays(window)}:</strong> {window.reason}
            </li>
          ))}
        </ul>
        {onStart && (
          <div className="row">
            <Button busy={fetching} onClick={() => void retry()}>
              Try the gaps again
            </Button>
          </div>
        )}
        <RequestError error={error} />
      </div>
    </Notice>
  );
}
