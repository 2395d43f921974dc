import type { ComponentChildren } from 'preact';
import type { OrderDetailsFragment } from '../generated/operations.js';
import { Notice } from '../ui/notice.js';
import { Time } from '../ui/time.js';
import { reasonInWords } from './reasons.js';

interface Props {
  readonly order: Pick<OrderDetailsFragment, 'notes' | 'rejectedVersion'>;
  /** What the viewer can do about it. */
  readonly action: ComponentChildren;
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
            <Reasons notes={rejectedVersion.reason.split('; ')} />
            {action}
          </div>
        </Notice>
      )}
      {notes.length > 0 && (
        <Notice tone="warn" title="Parts of this order could not be read">
          <div className="stack tight">
            <p>They are empty or keep their last known value. Everything else is as Amazon sent it.</p>
            <Reasons notes={notes} />
            {action}
          </div>
        </Notice>
      )}
    </>
  );
}

/** Each reason in words, with the places of Amazon's answer that it concerns. */
function Reasons({ notes }: { readonly notes: readonly string[] }) {
  const words = [...new Set(notes.map(reasonInWords))];
  return (
    <ul>
      {words.map((reason) => (
        <li key={reason} className="row">
          {reason}
          {notes
            .filter((note) => reasonInWords(note) === reason)
            .map((note) => (
              <code key={note} className="small">
                {note}
              </code>
            ))}
        </li>
      ))}
    </ul>
  );
}
