/** docs: status and totals are sent only on request. These data sets need no special role and contain no buyer's data. */
export const INCLUDED_DATA = 'FULFILLMENT,PROCEEDS';

/** model: the data sets whose members are mirrored if Amazon sends them, besides FULFILLMENT and PROCEEDS. */
export const OPTIONAL_DATA = ['CANCELLATION', 'PROMOTION', 'EXPENSE', 'PACKAGES', 'TAX'] as const;
export type OptionalData = (typeof OPTIONAL_DATA)[number];

/** Returns the optional data sets that a query string didn't ask for. */
export function lackingData(query: string): readonly OptionalData[] {
  const asked = new URLSearchParams(query).get('includedData')?.split(',') ?? [];
  return OPTIONAL_DATA.filter((dataSet) => !asked.includes(dataSet));
}
