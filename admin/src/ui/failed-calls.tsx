import { CopyButton } from './copy-button.js';

/** Calls to Amazon that failed, as a text for Amazon’s support, to copy; nothing if none are known. */
export function FailedCalls({ report }: { readonly report: string | null | undefined }) {
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
