import { Download } from 'lucide-react';
import { useState } from 'react';
import { downloadFile } from '../api/download.js';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import type { View } from './currency-card.js';
import type { Sales } from './use-sales.js';

interface Props {
  readonly of: Sales;
  readonly view: View;
  readonly only: string | null;
}

/** Saves the numbers that are shown as CSV. */
export function DownloadSales({ of: { period, interval }, view, only }: Props) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const { from, to } = period.range;
  const download = async () => {
    setBusy(true);
    const parameters = new URLSearchParams({
      from,
      to,
      ...(view === 'days' ? { interval, by: 'MARKETPLACE' } : { interval: 'TOTAL', by: 'SKU,ASIN' }),
      ...(only && { marketplaceIds: only }),
    });
    setProblem(await downloadFile(`/export/sales.csv?${parameters}`, `sales-${from}-${to}.csv`));
    setBusy(false);
  };
  return (
    <>
      <Button busy={busy} onClick={() => void download()}>
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
