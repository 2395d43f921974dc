import { parseArgs } from 'node:util';
import { DEFAULT_MARKETPLACE_IDS, marketplacesOf } from './api/marketplaces.js';
import type { Fault, FaultRule } from './faults/faults.js';
import { ALL_DATA_SETS } from './orders/included-data.js';
import type { SimulatorOptions } from './simulator.js';

export const USAGE = `Usage: ordermirror simulator [flags]
  --port 8787            where to listen on 127.0.0.1 (0: any free port)
  --orders 1000          how many orders the account has
  --seed 1               the same seed makes the same orders
  --years 2              orders created evenly over so many years (default: most in the last month)
  --marketplaces A,B     marketplace ids (default US, CA, MX)
  --faults 429:0.05,...  faults and their probabilities
  --rate 0.0056          searchOrders: requests a second
  --burst 20             searchOrders: requests at once
  --changes 5            an order changes every so many seconds (default: only as time passes for it)
  --help`;

/** The parsed command line. */
export interface Flags extends SimulatorOptions {
  /** Milliseconds between two changes of orders. */
  changesMs?: number;
}

/** Parses the command line; undefined for `--help`. @throws {Error} that names the invalid flag */
export function parseFlags(args: readonly string[]): Flags | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8787' },
      orders: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      years: { type: 'string' },
      marketplaces: { type: 'string', default: DEFAULT_MARKETPLACE_IDS.join(',') },
      faults: { type: 'string' },
      rate: { type: 'string', default: '0.0056' },
      burst: { type: 'string', default: '20' },
      changes: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const seed = whole('seed', values.seed, 2 ** 31);
  const marketplaceIds = values.marketplaces.split(',').map((id) => id.trim());
  marketplacesOf(marketplaceIds);
  return {
    port: whole('port', values.port, 65_535),
    orders: whole('orders', values.orders, 1_000_000),
    seed,
    ...(values.changes !== undefined && { changesMs: 1000 * positive('changes', values.changes) }),
    marketplaceIds,
    ...(values.years !== undefined && { createdWithinDays: days(values.years) }),
    faults: values.faults === undefined ? [] : parseFaults(values.faults, seed),
    usagePlans: { searchOrders: { rate: positive('rate', values.rate), burst: positive('burst', values.burst) } },
  };
}

function whole(name: string, text: string, max: number, min = 0): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new Error(`--${name} should be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}

/** A day less than the years, for the clock to advance. */
function days(years: string): number {
  return whole('years', years, 20, 1) * 365 - 1;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} should be a number above 0, not "${text}"`);
  return value;
}

/** The faults that need no more than a probability. */
const FLAG_FAULTS: readonly Fault[] = [
  { kind: '429' },
  { kind: '500' },
  { kind: '503-html' },
  { kind: '504' },
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'truncate' },
  { kind: 'stall' },
  { kind: 'slow' },
  { kind: 'delay' },
  { kind: 'wrong-content-type' },
  { kind: 'expire-access-token' },
  { kind: 'revoke-access-token' },
  { kind: 'security-token-expired' },
  { kind: '403-html' },
  { kind: '403-forbidden' },
  { kind: 'gzip-bomb' },
  { kind: '400-invalid-input' },
  { kind: 'refuse-page-token' },
  { kind: 'same-page-again' },
  { kind: 'empty-page' },
  { kind: 'expired-url' },
  { kind: 'malformed' },
  { kind: 'omit-fulfillment' },
  { kind: 'unreadable-order' },
  { kind: 'invalid-grant' },
  { kind: 'invalid-client' },
];

/** Parses `429:0.05,500:0.02,reset:0.01`. @throws {Error} that names the invalid part */
export function parseFaults(text: string, seed: number): FaultRule[] {
  return text.split(',').map((part, index) => {
    const [kind = '', odds = '', ...rest] = part.trim().split(':');
    const fault = faultOf(kind);
    if (!fault) throw new Error(`--faults: unknown fault "${kind}"; one of ${FLAGS.join(', ')}`);
    const probability = Number(odds);
    if (odds === '' || rest.length > 0 || !(probability >= 0 && probability <= 1)) {
      throw new Error(`--faults: "${part.trim()}" should be ${kind}:PROBABILITY, with a probability from 0 to 1`);
    }
    return { probability, seed: seed + index, fault };
  });
}

const FLAGS = [...FLAG_FAULTS.map(({ kind }) => kind), '403-to-DATA_SET', '400-to-DATA_SET'];

/** Returns undefined for an unknown kind. `403-to-PROMOTION`: 403 to requests that ask for this data set. */
function faultOf(kind: string): Fault | undefined {
  const plain = FLAG_FAULTS.find((fault) => fault.kind === kind);
  if (plain) return plain;
  const [, status, name] = /^(400|403)-to-(\w+)$/.exec(kind) ?? [];
  const dataSet = ALL_DATA_SETS.find((each) => each === name);
  return dataSet && { kind: 'refuse-data-set', dataSet, status: status === '403' ? 403 : 400 };
}
