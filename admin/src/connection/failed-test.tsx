import { useQuery } from '@urql/preact';
import { useIsOwner } from '../api/use-session.js';
import { CheckReportDocument, type ConnectionFragment } from '../generated/operations.js';
import { FailedCalls } from '../ui/failed-calls.js';
import { ErrorNotice } from '../ui/notice.js';

/** Why the last test of the connection failed, and for owners its failed calls; nothing unless it failed. */
export function FailedTest({ connection }: { readonly connection: ConnectionFragment }) {
  const { lastCheckAt, lastCheckOk, lastCheckError, lastCheckErrorCode } = connection;
  const owner = useIsOwner();
  if (lastCheckOk !== false) return null;
  return (
    <>
      <ErrorNotice title="Connection test failed" code={lastCheckErrorCode} message={lastCheckError ?? ''} />
      {owner && <CheckReport key={lastCheckAt} />}
    </>
  );
}

function CheckReport() {
  const [{ data, stale }] = useQuery({ query: CheckReportDocument, requestPolicy: 'network-only' });
  return <FailedCalls report={stale ? null : data?.connection?.lastCheckSupportReport} />;
}
