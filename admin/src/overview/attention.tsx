import type { ComponentChildren } from 'preact';
import { Link } from 'wouter-preact';
import { useLiveQuery } from '../api/use-live-query.js';
import { useIsOwner } from '../api/use-session.js';
import { type OverviewProblemsQuery, OverviewRejectedDocument } from '../generated/operations.js';
import { formatCount } from '../ui/numbers.js';

interface Props {
  readonly problems: OverviewProblemsQuery;
  readonly marketplaces: readonly { readonly marketplaceId: string; readonly name: string }[];
  /** Orders without a price. */
  readonly unpriced: number;
}

type GapKind = OverviewProblemsQuery['coverage'][number]['gaps'][number]['kind'];

/** Gaps that don't close by themselves, or tell of trouble. */
const GAPS: readonly (readonly [kind: GapKind, text: string, link: string])[] = [
  ['REFUSED', 'Amazon denies access to', '/connection'],
  ['UNREADABLE', 'Orders may be missing, since answers of Amazon could not be read:', '/connection'],
  ['ITEMS_NOT_READ', 'Items of some orders have not been read:', '/connection'],
  ['REPORT_FAILED', 'Older orders are missing, since reports could not be read:', '/history'],
];

/** What an owner should look at. */
export function Attention({ problems: { connection, coverage }, marketplaces, unpriced }: Props) {
  const owner = useIsOwner();
  const nameOf = (id: string) => marketplaces.find(({ marketplaceId }) => marketplaceId === id)?.name ?? id;
  const items: {
    readonly key: string;
    readonly text: ComponentChildren;
    readonly link: string;
    readonly label: string;
  }[] = [];
  if (connection?.status === 'ERROR')
    items.push({
      key: 'connection',
      text: 'The connection to Amazon is broken.',
      link: '/connection',
      label: 'Open Connection',
    });
  else if (connection?.lastOrdersSyncStatus === 'ERROR')
    items.push({ key: 'run', text: 'The last run failed.', link: '/sync', label: 'Open Sync' });
  if (connection?.clockProblem)
    items.push({ key: 'clock', text: connection.clockProblem, link: '/sync', label: 'Open Sync' });
  for (const [kind, text, link] of GAPS) {
    const names = coverage
      .filter(({ gaps }) => gaps.some((gap) => gap.kind === kind))
      .map((each) => nameOf(each.marketplaceId));
    if (names.length > 0)
      items.push({
        key: kind,
        text: `${text} ${names.join(', ')}.`,
        link,
        label: link === '/history' ? 'Open History' : 'Open Connection',
      });
  }
  if (connection && connection.refusedDataSets.length > 0)
    items.push({
      key: 'data sets',
      text: `Amazon refuses parts of each order: ${connection.refusedDataSets.map(({ dataSet }) => dataSet).join(', ')}.`,
      link: '/connection',
      label: 'Open Connection',
    });
  if (unpriced > 0)
    items.push({
      key: 'unpriced',
      text: `${unpriced === 1 ? '1 order has' : `${formatCount(unpriced)} orders have`} no price yet and add nothing, or not all, to revenue.`,
      link: '/orders?price=unknown',
      label: 'View them',
    });
  return (
    <section className="card body stack tight" aria-labelledby="attention-heading">
      <h2 id="attention-heading">Needs attention</h2>
      {owner && <Rejected />}
      {items.length === 0 && <p className="muted">{owner ? 'Nothing else is wrong.' : 'Nothing is wrong.'}</p>}
      <ul className="stack tight">
        {items.map(({ key, text, link, label }) => (
          <li key={key}>
            {text} <Link href={link}>{label}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The orders that could not be read, which owners may see; nothing without any. */
function Rejected() {
  const [{ data }] = useLiveQuery({ query: OverviewRejectedDocument });
  const { nodes = [], pageInfo } = data?.rejectedOrders ?? {};
  if (nodes.length === 0) return null;
  const count = `${pageInfo?.hasNextPage ? 'More than ' : ''}${nodes.length}`;
  return (
    <p>
      {count} {nodes.length === 1 ? 'order' : 'orders'} could not be read. <Link href="/sync">Open Sync</Link>
    </p>
  );
}
