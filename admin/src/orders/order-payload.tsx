import { useQuery } from '@urql/preact';
import { OrderPayloadDocument } from '../generated/operations.js';
import { Dialog } from '../ui/dialog.js';
import { RequestError } from '../ui/notice.js';
import { TextBlock } from '../ui/text-block.js';

interface Props {
  readonly order: { readonly amazonOrderId: string; readonly marketplaceId: string };
  readonly onClose: () => void;
}

/** What Amazon sent of an order and its items. */
export function PayloadDialog({ order: { amazonOrderId, marketplaceId }, onClose }: Props) {
  const [{ data, error }] = useQuery({ query: OrderPayloadDocument, variables: { amazonOrderId, marketplaceId } });
  const payload = data?.order && {
    order: data.order.rawPayload,
    items: data.order.items.map(({ rawPayload }) => rawPayload),
  };
  const text = payload && JSON.stringify(payload, null, 2);
  return (
    <Dialog title={`Raw payload of ${amazonOrderId}`} wide onClose={onClose}>
      <p className="small muted">As Amazon sent it, without personal data, which is never stored.</p>
      <RequestError error={error} />
      {!error && data && !data.order && <p>This order is no longer in the mirror.</p>}
      {!data && !error && <div className="skeleton payload" />}
      {text && <TextBlock text={text} name="the payload" />}
    </Dialog>
  );
}
