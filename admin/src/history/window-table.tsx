import type { WindowFragment } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';
import { Table } from '../ui/table.js';
import { formatDays } from '../ui/time.js';
import { WINDOW_STATES } from './window-labels.js';

/** The reports of the history as text, newest first. */
export function WindowTable({ windows }: { readonly windows: readonly WindowFragment[] }) {
  return (
    <details>
      <summary>{windows.length === 1 ? 'The report' : `All ${windows.length} reports`}</summary>
      <Table label="Reports" columns={['Purchased', 'State']} amounts={['Orders']} frame="tall">
        <tbody>
          {windows.map((window) => (
            <tr key={`${window.from} ${window.until} ${window.marketplaceIds.join()}`}>
              <td className="nowrap">{formatDays(window)}</td>
              <td>
                {WINDOW_STATES[window.state]}
                {window.reason && <div className="small muted">{window.reason}</div>}
              </td>
              <td className="amount">{window.orders === null ? '' : formatCount(window.orders)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </details>
  );
}
