import { Download } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { downloadFile } from '../api/download.js';
import { Button } from '../ui/button.js';
import { Menu } from '../ui/menu.js';
import { Notice } from '../ui/notice.js';
import { type OrdersUrl, toExportQuery } from './orders-url.js';

const FILES = [
  ['orders', 'A line an order'],
  ['order-items', 'A line an item'],
] as const;

/** Downloads all orders that the list's filters match, as CSV. */
export function ExportOrders({ url }: { readonly url: OrdersUrl }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const download = async (file: string) => {
    setBusy(true);
    setProblem(null);
    setProblem(await downloadFile(`/export/${file}.csv?${toExportQuery(url)}`, `${file}.csv`));
    setBusy(false);
  };
  return (
    <Menu
      label={
        <>
          <Download size={15} aria-hidden /> CSV
        </>
      }
    >
      <div className="card stack tight menu-panel">
        <span className="small muted">All orders that the filters match, on all pages</span>
        {FILES.map(([file, label]) => (
          <Button key={file} busy={busy} onClick={() => void download(file)}>
            {label}
          </Button>
        ))}
        {problem && (
          <Notice tone="bad" title="The file could not be downloaded">
            {problem}
          </Notice>
        )}
      </div>
    </Menu>
  );
}
