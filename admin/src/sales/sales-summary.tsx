import { Table } from '../ui/table.js';
import { formatDateRange } from '../ui/time.js';
import { Change } from './change.js';
import type { DateRange } from './date-range.js';
import { Amounts } from './sales-table.js';
import type { Sales } from './use-sales.js';

interface Props {
  readonly of: Sales;
  readonly isCovered: (days: DateRange) => boolean;
}

/** The sums of a period, a row a currency; nothing for a single one, whose card has them. */
export function SalesSummary({ of: { sales, before, period }, isCovered }: Props) {
  if (sales.length < 2) return null;
  const isComparable = isCovered(period.before);
  return (
    <Table
      label="All currencies"
      columns={['Currency', 'Marketplaces']}
      amounts={['Orders', 'Units', 'Without price', 'Revenue', 'Change']}
    >
      <tbody>
        {sales.map((row) => {
          const earlier = before.find(({ currencyCode }) => currencyCode === row.currencyCode);
          return (
            <tr key={row.currencyCode}>
              <td>{row.currencyCode === 'XXX' ? 'Unknown' : row.currencyCode}</td>
              <td>{row.marketplaces.map(({ name }) => name).join(', ')}</td>
              <Amounts of={row} currencyCode={row.currencyCode} />
              <td className="amount">
                {isComparable && earlier && (
                  <Change
                    now={Number(row.revenue)}
                    before={Number(earlier.revenue)}
                    of={formatDateRange(period.before)}
                  />
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </Table>
  );
}
