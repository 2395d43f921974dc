import type { OrderCountsQuery } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';
import type { OrdersUrl } from './orders-url.js';
import { compareStatuses, formatStatus } from './status.js';

interface Props {
  readonly url: OrdersUrl;
  /** Undefined while loading. */
  readonly counts: OrderCountsQuery | undefined;
  readonly onChange: (change: Partial<OrdersUrl>) => void;
}

/** Orders to ship today, all orders, and those of each status, with their numbers. */
export function OrderTabs({ url, counts, onChange }: Props) {
  const statuses = [...(counts?.all.statusCounts ?? [])].sort((a, b) => compareStatuses(a.status, b.status));
  // A status that the address names stays, with no orders too.
  const missing = url.statuses.filter((name) => !statuses.some(({ status }) => status === name));
  return (
    <nav className="tabs scroll-edges" aria-label="Status">
      <Tab
        name="To ship today"
        count={counts?.toShip.totalCount}
        isAlert={(counts?.toShip.totalCount ?? 0) > 0}
        isCurrent={url.toShip === 'TODAY' && url.statuses.length === 0}
        onClick={() => onChange({ toShip: 'TODAY', statuses: [] })}
      />
      <Tab
        name="All"
        count={counts?.all.totalCount}
        isCurrent={!url.toShip && url.statuses.length === 0}
        onClick={() => onChange({ toShip: null, statuses: [] })}
      />
      {[...statuses, ...missing.map((status) => ({ status, count: 0 }))].map(({ status, count }) => (
        <Tab
          key={status}
          name={formatStatus(status)}
          count={count}
          isCurrent={url.statuses.includes(status)}
          onClick={() => onChange({ statuses: [status], toShip: null })}
        />
      ))}
    </nav>
  );
}

interface TabProps {
  readonly name: string;
  readonly count: number | undefined;
  readonly isCurrent: boolean;
  readonly isAlert?: boolean;
  readonly onClick: () => void;
}

function Tab({ name, count, isCurrent, isAlert = false, onClick }: TabProps) {
  return (
    <button type="button" className="tab" aria-current={isCurrent ? 'page' : undefined} onClick={onClick}>
      {name}{' '}
      <span className={isAlert ? 'tab-count warn' : 'tab-count'}>{count === undefined ? '…' : formatCount(count)}</span>
    </button>
  );
}
