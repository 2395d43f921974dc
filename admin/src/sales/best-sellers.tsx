import { Link } from 'wouter-preact';
import { useLiveQuery } from '../api/use-live-query.js';
import { BestSellersDocument } from '../generated/operations.js';
import { RequestError } from '../ui/notice.js';
import { SkeletonRow, Table } from '../ui/table.js';
import type { DateRange } from './date-range.js';
import { Amounts } from './sales-table.js';

const MAX_PRODUCTS = 50;

interface Props {
  readonly range: DateRange;
  readonly currencyCode: string;
  /** The only marketplace that is asked for; null for all. */
  readonly only: string | null;
}

/** The products with the highest revenue in one currency. */
export function BestSellers({ range, currencyCode, only }: Props) {
  const [{ data, error }, refetch] = useLiveQuery({
    query: BestSellersDocument,
    variables: { ...range, currencyCode, marketplaceIds: only ? [only] : null, first: MAX_PRODUCTS },
  });
  if (error) return <RequestError error={error} onRetry={refetch} />;
  return (
    <Table
      label={`Best sellers in ${currencyCode}`}
      frame="tall"
      columns={['Product', 'SKU']}
      amounts={['Orders', 'Units', 'Without price', 'Revenue']}
    >
      <tbody>
        {!data && <SkeletonRow />}
        {data?.sales.map((row) => (
          <tr key={`${row.sellerSku} ${row.asin}`}>
            <td className="long best-seller">
              <bdi>{row.title ?? row.asin ?? 'Unknown product'}</bdi>
            </td>
            <td className="nowrap">
              {row.sellerSku && (
                <Link href={`/orders?${new URLSearchParams({ search: row.sellerSku, ...range })}`}>
                  <code>{row.sellerSku}</code>
                </Link>
              )}
            </td>
            <Amounts of={row} currencyCode={currencyCode} />
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
