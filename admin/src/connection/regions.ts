import type { ConnectionFragment } from '../generated/operations.js';

export type Region = ConnectionFragment['region'];

/** The SP-API regions. A refresh token is valid in one of them. */
export const REGIONS: readonly { readonly region: Region; readonly name: string }[] = [
  { region: 'NA', name: 'North America' },
  { region: 'EU', name: 'Europe, the Middle East, Africa and India' },
  { region: 'FE', name: 'Far East' },
];

export const regionName = (of: Region): string => REGIONS.find(({ region }) => region === of)?.name ?? of;
