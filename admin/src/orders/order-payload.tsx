import { useQuery } from 'urql';
import { problemOf } from '../api/problems.js';
import { OrderPayloadDocument } from '../generated/operations.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { ProblemNotice } from '../ui/notice.js';

interface Props {
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly onClose: () => void;
}

/** What Amazon sent of an order and its items, without personal data. */
export function OrderPayload({ amazonOrderId, marketplaceId, onClose }: Props) {
  const [{ data, error }] = useQuery({ query: OrderPayloadDocument, variables: { amazonOrderId, marketplaceId } });
  const text = data?.order
    ? JSON.stringify(
        { order: data.order.rawPayload, items: data.order.items.map(({ rawPayload }) => rawPayload) },
        null,
        2,
      )
    : null;
  return (
    <Dialog title={`What Amazon sent of ${amazonOrderId}`} wide onClose={onClose}>
      <p className="small muted">As it came, without personal data, which is never stored.</p>
      {error && <ProblemNotice message={problemOf(error).message} />}
      {!error && data && !data.order && <p>The order is not in the mirror any more.</p>}
      {!data && !error && <div className="skeleton payload" />}
      {text && (
        <div className="payload-frame">
          <CopyButton text={text} name="the payload" />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who has no pointer scrolls it by the keyboard */}
          <pre className="payload" tabIndex={0}>
            {text}
          </pre>
        </div>
      )}
    </Dialog>
  );
}
