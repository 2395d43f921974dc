/**
 * docs: status and totals are sent only on request (values of `includedData`). These two need no special role and contain no
 * buyer's data; every request asks for them.
 */
const REQUIRED_DATA = ['FULFILLMENT', 'PROCEEDS'] as const;

/** Asked for besides, unless Amazon refuses them: cancellations, promotion ids, points granted, packages. */
const USUAL_DATA = ['CANCELLATION', 'PROMOTION', 'EXPENSE', 'PACKAGES'] as const;

/** Asked for by the setting SP_API_DATA_SETS only; their personal data is cut on arrival (personal-data.ts). */
const ADDITIONAL_DATA = ['TAX', 'PAYMENT'] as const;
export type AdditionalData = (typeof ADDITIONAL_DATA)[number];

/** The data sets that a request may do without; their members are mirrored if Amazon sends them. */
export const OPTIONAL_DATA = [...USUAL_DATA, ...ADDITIONAL_DATA] as const;
export type OptionalData = (typeof OPTIONAL_DATA)[number];

/** Returns the optional data sets to ask for. */
export function wantedData(additional: readonly AdditionalData[]): readonly OptionalData[] {
  return [...USUAL_DATA, ...additional];
}

/** Returns the value of `includedData`: the required data sets and these. */
export function includedData(optional: readonly OptionalData[]): string {
  return [...REQUIRED_DATA, ...optional].join(',');
}

/** Returns the optional data sets that a query string didn't ask for. */
export function lackingData(query: string): readonly OptionalData[] {
  const asked = new URLSearchParams(query).get('includedData')?.split(',') ?? [];
  return OPTIONAL_DATA.filter((dataSet) => !asked.includes(dataSet));
}
