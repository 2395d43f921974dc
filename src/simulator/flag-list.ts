import { DEFAULT_MARKETPLACE_IDS } from './api/marketplaces.js';

interface Flag {
  /** What the help calls its value. */
  readonly value: string;
  readonly description: string;
  readonly default?: string;
  /** The default as the help shows it, where that differs. */
  readonly defaultText?: string;
}

/** The flags of `ordermirror simulator`, for its help and its defaults. flags.ts parses their values. */
export const FLAGS = {
  port: { value: 'port', description: 'port on 127.0.0.1; 0 takes any free one', default: '8787' },
  orders: { value: 'number', description: 'how many orders the account has', default: '1000' },
  seed: { value: 'number', description: 'the same seed makes the same orders', default: '1' },
  years: {
    value: 'number',
    description: 'create the orders evenly over so many years, 1 to 20, in place of most in the last month',
  },
  marketplaces: {
    value: 'ids',
    description: 'marketplace ids, separated by commas',
    default: DEFAULT_MARKETPLACE_IDS.join(','),
    defaultText: 'US, CA, MX',
  },
  faults: {
    value: 'list',
    description: 'faults and their probabilities, such as 429:0.05,reset:0.01; docs/simulator.md lists them',
  },
  rate: { value: 'number', description: 'searchOrders: requests a second', default: '0.0056' },
  burst: { value: 'number', description: 'searchOrders: requests at once', default: '20' },
  changes: { value: 'seconds', description: 'change an order every so many seconds' },
} satisfies Readonly<Record<string, Flag>>;

/** What was given; a flag that is missing has its default. */
export type FlagValues = Readonly<Partial<Record<keyof typeof FLAGS, string>>>;

/** The same with one type for all. */
export const flagEntries: readonly (readonly [name: string, flag: Flag])[] = Object.entries(FLAGS);
