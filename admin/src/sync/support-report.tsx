import { useQuery } from '@urql/preact';
import { SupportReportDocument } from '../generated/operations.js';
import { CopyButton } from '../ui/copy-button.js';

/** The failed calls of a failed run, to copy; nothing if none are known. */
export function SupportReport({ runId }: { readonly runId: string }) {
  const [{ data }] = useQuery({ query: SupportReportDocument, variables: { id: runId } });
  const report = data?.syncRun?.supportReport;
  if (!report) return null;
  return (
    <details>
      <summary>Calls to Amazon that failed, with their request IDs</summary>
      <div className="stack tight">
        <div className="row">
          <CopyButton text={report} name="report for Amazon’s support" visible />
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrolls by keyboard */}
        <pre className="report small" tabIndex={0}>
          {report}
        </pre>
      </div>
    </details>
  );
}
