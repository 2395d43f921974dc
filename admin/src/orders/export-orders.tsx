import { Download } from 'lucide-react';
import { useState } from 'react';
import { session } from '../api/session.js';
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
    setProblem(await save(`/export/${file}.csv`, toExportQuery(url)).catch(() => CUT));
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
        {problem && <Notice tone="bad">{problem}</Notice>}
      </div>
    </Menu>
  );
}

const CUT = 'The file could not be loaded as a whole. Check that the server is running, then try again.';

/** Saves a file of the server under the name that it has there. Returns why it could not, or null. */
async function save(path: string, query: URLSearchParams): Promise<string | null> {
  const authorization = `Bearer ${session.get()?.token ?? ''}`;
  const response = await fetch(`${path}?${query}`, { headers: { authorization } });
  if (!response.ok) {
    const { errors } = (await response.json()) as { errors?: readonly { readonly message: string }[] };
    return errors?.[0]?.message ?? CUT;
  }
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'orders.csv';
  link.click();
  URL.revokeObjectURL(url);
  return null;
}
