import { UserError } from '../../core/errors.js';

/** Days from `from` to `to`, both `YYYY-MM-DD` and inclusive. */
export interface DateRange {
  readonly from: string;
  readonly to: string;
}

const MAX_DAYS = 3_700;
const DAY_MS = 86_400_000;

/** @throws {UserError} BAD_USER_INPUT when `to` comes before `from`, or for more than 3,700 days */
export function assertSalesRange({ from, to }: DateRange): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days < 1) throw new UserError('BAD_USER_INPUT', `\`to\` (${to}) comes before \`from\` (${from}).`);
  if (days > MAX_DAYS) {
    throw new UserError(
      'BAD_USER_INPUT',
      `${from} to ${to} is ${days} days; the maximum is ${MAX_DAYS}. Ask for a shorter range.`,
    );
  }
}
