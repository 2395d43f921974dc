import { Download } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { downloadFile } from '../api/download.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import type { View } from './currency-card.js';
import type { Sales } from './use-sales.js';

interface Props {
  /** Undefined while loading. */
  readonly of: Sales | undefined;
  readonly view: View;
  readonly only: string | null;
}

/** Saves the numbers that are shown as CSV. */
export function DownloadSales({ of, view, only }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const download = async () => {
    if (!of) return;
    const { from, to } = of.period.range;
    setBusy(true);
    const parameters = new URLSearchParams({
      from,
      to,
      ...(view === 'days' ? { interval: of.interval, by: 'MARKETPLACE' } : { interval: 'TOTAL', by: 'SKU,ASIN' }),
      ...(only && { marketplaceIds: only }),
    });
    setProblem(await downloadFile(`/export/sales.csv?${parameters}`, `sales-${from}-${to}.csv`));
    setBusy(false);
  };
  return (
    <>
      <Button busy={busy} aria-disabled={!of} onClick={() => void download()}>
        <Download size={15} aria-hidden /> CSV
      </Button>
      {problem && (
        <Notice tone="bad" title="The file could not be downloaded">
          {problem}
        </Notice>
      )}
    </>
  );
}
