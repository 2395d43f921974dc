import { useMutation } from '@urql/preact';
import { SendTestWebhookDocument, type WebhookFragment } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { Notice, RequestError } from '../ui/notice.js';
import { resultOf } from './words.js';

/** Sends a test, and returns the button and the result. */
export function useSendTest({ id }: Pick<WebhookFragment, 'id'>, onSent: () => void) {
  const [{ fetching, data, error }, send] = useMutation(SendTestWebhookDocument);
  const delivery = data?.sendTestWebhook;
  const onClick = async () => {
    await send({ id });
    onSent();
  };
  const isGood = delivery?.state === 'DELIVERED';
  return {
    button: (
      <Button busy={fetching} onClick={() => void onClick()}>
        Send test
      </Button>
    ),
    result: (
      <>
        <RequestError error={error} />
        {delivery && !fetching && (
          <Notice tone={isGood ? 'good' : 'bad'} title={isGood ? 'The test was delivered' : 'The test failed'}>
            {resultOf(delivery)}
          </Notice>
        )}
      </>
    ),
  };
}
