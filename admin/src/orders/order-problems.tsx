import type { ReactNode } from 'react';
import type { OrderDetailsFragment } from '../generated/operations.js';
import { Notice } from '../ui/notice.js';
import { Time } from '../ui/time.js';
import { reasonInWords, rejectionInWords } from './reasons.js';

interface Props {
  readonly order: Pick<OrderDetailsFragment, 'notes' | 'rejectedVersion'>;
  /** What the viewer can do about it. */
  readonly action: ReactNode;
}

/** What could not be read of an order: its latest version, or parts of it. */
export function OrderProblems({ order: { notes, rejectedVersion }, action }: Props) {
  return (
    <>
      {rejectedVersion && (
        <Notice tone="bad" title="This order is out of date">
          <div className="stack tight">
            <p>
              The version that Amazon sent <Time at={rejectedVersion.rejectedAt} /> could not be read. The previous
              version is shown and counted in sales until Amazon sends a readable one.
            </p>
            <Reasons notes={rejectedVersion.reason.split('; ')} words={rejectionInWords(rejectedVersion.reason)} />
            {action}
          </div>
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice tone="warn" title="Parts of this order could not be read">
          <div className="stack tight">
            <p>They are empty or keep their last known value. Everything else is as Amazon sent it.</p>
            <Reasons notes={notes} words={notes.map(reasonInWords)} />
            {action}
          </div>
        </Notice>
      )}
    </>
  );
}

function Reasons({ notes, words }: { readonly notes: readonly string[]; readonly words: readonly string[] }) {
  return (
    <ul>
      {notes.map((note, index) => (
        <li key={note}>
          {words[index]} <code className="small">{note}</code>
        </li>
      ))}
    </ul>
  );
}
