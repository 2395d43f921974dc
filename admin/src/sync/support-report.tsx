import { useQuery } from '@urql/preact';
import { SupportReportDocument } from '../generated/operations.js';
import { FailedCalls } from '../ui/failed-calls.js';

/** The failed calls of a failed run. */
export function SupportReport({ runId }: { readonly runId: string }) {
  const [{ data }] = useQuery({ query: SupportReportDocument, variables: { id: runId } });
  return <FailedCalls report={data?.syncRun?.supportReport} />;
}
