import { useMutation } from '@urql/preact';
import { useState } from 'preact/hooks';
import { CancelSyncDocument, type RunFragment } from '../generated/operations.js';
import { Button } from '../ui/button.js';
import { RequestError } from '../ui/notice.js';

/** Asks the run to stop. Give it the run's id as key. */
export function CancelRun({ run }: { readonly run: RunFragment }) {
  const [{ fetching, error }, cancel] = useMutation(CancelSyncDocument);
  const [requested, setRequested] = useState(false);
  const request = async () => {
    setRequested(true);
    const { error } = await cancel({ runId: run.id });
    if (error) setRequested(false);
  };
  return (
    <>
      <Button look="danger" busy={fetching || requested} onClick={() => void request()}>
        {requested ? 'Cancelling' : 'Cancel run'}
      </Button>
      <RequestError error={error} />
    </>
  );
}
