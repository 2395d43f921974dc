import { marketplacesOf } from './api/marketplaces.js';
import type { Fault, FaultRule } from './faults/faults.js';
import { FLAGS, type FlagValues } from './flag-list.js';
import { ALL_DATA_SETS } from './orders/included-data.js';
import type { SimulatorOptions } from './simulator.js';

/** The parsed command line. */
export interface Flags extends SimulatorOptions {
  /** Milliseconds between two changes of orders. */
  changesMs?: number;
}

/** Parses the values of the flags. @throws {Error} that names the invalid one */
export function parseFlags(values: FlagValues): Flags {
  const {
    port = FLAGS.port.default,
    orders = FLAGS.orders.default,
    seed: seedText = FLAGS.seed.default,
    marketplaces = FLAGS.marketplaces.default,
    rate = FLAGS.rate.default,
    burst = FLAGS.burst.default,
    years,
    changes,
    faults,
  } = values;
  const seed = whole('seed', seedText, 2 ** 31);
  const marketplaceIds = marketplaces.split(',').map((id) => id.trim());
  marketplacesOf(marketplaceIds);
  return {
    port: whole('port', port, 65_535),
    orders: whole('orders', orders, 1_000_000),
    seed,
    ...(changes !== undefined && { changesMs: 1000 * positive('changes', changes) }),
    marketplaceIds,
    ...(years !== undefined && { createdWithinDays: days(years) }),
    faults: faults === undefined ? [] : parseFaults(faults, seed),
    usagePlans: { searchOrders: { rate: positive('rate', rate), burst: positive('burst', burst) } },
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
    if (!fault) throw new Error(`--faults: unknown fault "${kind}"; one of ${FAULT_NAMES.join(', ')}`);
    const probability = Number(odds);
    if (odds === '' || rest.length > 0 || !(probability >= 0 && probability <= 1)) {
      throw new Error(`--faults: "${part.trim()}" should be ${kind}:PROBABILITY, with a probability from 0 to 1`);
    }
    return { probability, seed: seed + index, fault };
  });
}

const FAULT_NAMES = [...FLAG_FAULTS.map(({ kind }) => kind), '403-to-DATA_SET', '400-to-DATA_SET'];

/** Returns undefined for an unknown kind. `403-to-PROMOTION`: 403 to requests that ask for this data set. */
function faultOf(kind: string): Fault | undefined {
  const plain = FLAG_FAULTS.find((fault) => fault.kind === kind);
  if (plain) return plain;
  const [, status, name] = /^(400|403)-to-(\w+)$/.exec(kind) ?? [];
  const dataSet = ALL_DATA_SETS.find((each) => each === name);
  return dataSet && { kind: 'refuse-data-set', dataSet, status: status === '403' ? 403 : 400 };
}
