import { Cron } from 'croner';
import { z } from 'zod';
import { StartError } from '../core/errors.js';
import { logLevels } from '../core/logger.js';
import { parsePostgresAddresses } from './postgres-address.js';

/** An IP network: an address, and how many of its leading bits count. */
export type Network = z.output<typeof network>;

const network = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
  .transform((text) => {
    const [address = '', prefix] = text.split('/');
    const isV6 = address.includes(':');
    return {
      address,
      family: isV6 ? ('ipv6' as const) : ('ipv4' as const),
      prefix: Number(prefix ?? (isV6 ? 128 : 32)),
    };
  })
  .refine(({ prefix }) => prefix > 0);

const encryptionKey = z
  .string()
  .trim()
  .regex(/^[\w+/-]+={0,2}$/)
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === 32);

export const jwtSecret = z.string().min(32);
/** Keys of 32 bytes, the newest first. */
export const encryptionKeys = z
  .string()
  .transform((text) => text.split(',') as [string, ...string[]])
  .pipe(z.tuple([encryptionKey], encryptionKey));

/** The base of an HTTP address, without a slash at its end. */
const baseAddress = z
  .url({ protocol: /^https?$/, abort: true })
  .refine((text) => {
    const { username, password, search, hash } = new URL(text);
    return !(username || password || search || hash);
  })
  .transform((text) => text.replace(/\/+$/, ''));
const baseAddressIs =
  'the base of an address without user and password, such as https://sandbox.sellingpartnerapi-eu.amazon.com';

const postgresAddress = z.string().refine((text) => parsePostgresAddresses(text) !== null);

const collector = z.url({ protocol: /^https?$/, abort: true });
const collectorIs = 'the address of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318';

const days = (usual: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(36_500))
    .default(usual)
    .describe('a number of days, 1 to 36500, such as 400');

/** All variables that the program reads, each with its type, its default and a description of its valid values. */
const schema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .pipe(z.number().max(65_535))
    .default(4000)
    .describe('a port, 0 to 65535 (0: any free one)'),
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/)
    .default('127.0.0.1')
    .describe('an address to listen on, such as 127.0.0.1 (this machine only), 0.0.0.0 or :: (all networks)'),
  TRUST_PROXY: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(network))
    .default([])
    .describe(
      'addresses and CIDR ranges of your proxies, comma-separated, such as 127.0.0.1,10.0.0.0/8,fd00::/8 (not all addresses: /0)',
    ),
  DATABASE_URL: postgresAddress
    .optional()
    .describe(
      'postgresql://<user>:<password>@<host>:<port>/<database>, with special characters in the password percent-encoded; several hosts are separated by commas',
    ),
  DATABASE_DIRECT_URL: postgresAddress
    .optional()
    .describe(
      'the address of the same database without a pooler, or by one in session mode: postgresql://<user>:<password>@<host>:<port>/<database>',
    ),
  DATABASE_READ_URL: postgresAddress
    .optional()
    .describe(
      'the address of the same database on a streaming replica: postgresql://<user>:<password>@<host>:<port>/<database>, or several hosts',
    ),
  DATABASE_SCHEMA: z
    .string()
    .regex(/^(?!pg_|(?:report|information_schema)$)[A-Za-z_][A-Za-z0-9_$]{0,62}$/)
    .optional()
    .describe(
      'the name of a schema, such as ordermirror: up to 63 letters, digits, _ and $, not beginning with a digit, $ or pg_; not report, which is the schema of the views, nor information_schema',
    ),
  DATA_DIR: z.string().default('./data').describe('a folder, or a place where this user may create one'),
  JWT_SECRET: jwtSecret.optional().describe('any 32 characters or more, such as `openssl rand -base64 48` prints'),
  ENCRYPTION_KEY: encryptionKeys
    .optional()
    .describe('32 bytes in base64 (`openssl rand -base64 32`), or several such keys separated by commas, newest first'),
  LWA_CLIENT_ID: z.string().optional(),
  LWA_CLIENT_SECRET: z.string().optional(),
  SP_API_REGION: z
    .string()
    .toUpperCase()
    .pipe(z.enum(['NA', 'EU', 'FE']))
    .optional()
    .describe('na, eu, fe'),
  SP_API_ENDPOINT: baseAddress.optional().describe(baseAddressIs),
  LWA_ENDPOINT: baseAddress.optional().describe(baseAddressIs),
  SP_API_DATA_SETS: z
    .string()
    .toUpperCase()
    .transform((text) => [...new Set(text.split(',').map((part) => part.trim()))].filter(Boolean))
    .pipe(z.array(z.enum(['TAX', 'PAYMENT'])))
    .default([])
    .describe('data sets to read besides the usual ones, comma-separated: TAX, PAYMENT'),
  HISTORY: z
    .string()
    .toLowerCase()
    .refine((text) => text === 'all' || text === 'off' || isDate(text))
    .transform((text) => (text === 'all' || text === 'off' ? text : new Date(`${text}T00:00:00Z`)))
    .default('all')
    .describe('all, off, or a date such as 2025-01-31'),
  /** Null for no schedule. */
  SYNC_CRON: z
    .string()
    .transform((text) => (text.toLowerCase() === 'off' ? null : text))
    .refine((text) => text === null || isRecurring(text))
    .default('*/15 * * * *')
    .describe('a cron pattern that recurs, such as "*/15 * * * *" (every quarter of an hour), or off'),
  SYNC_INCLUDE_ITEMS: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .default(true)
    .describe('true, false'),
  NOTIFICATIONS_QUEUE_URL: z
    .url({ protocol: /^https?$/, abort: true })
    .refine((text) => {
      const { username, password, pathname } = new URL(text);
      return !username && !password && /^\/.+[^/]$/.test(pathname) && !pathname.endsWith('.fifo');
    })
    .optional()
    .describe(
      'the URL of a standard queue of Amazon SQS, such as https://sqs.eu-west-1.amazonaws.com/123456789012/ordermirror',
    ),
  /** Null: orders are kept. */
  RETENTION_ORDERS_MONTHS: z
    .string()
    .transform((text) => (text.toLowerCase() === 'off' ? null : text))
    .refine((text) => text === null || (/^\d{1,3}$/.test(text) && Number(text) > 0))
    .transform((text) => (text === null ? null : Number(text)))
    .default(null)
    .describe('off, or a number of months from 1 to 999'),
  RETENTION_CHANGES_DAYS: days(400),
  RETENTION_RUNS_DAYS: days(90),
  RETENTION_AUDIT_DAYS: days(400),
  WEBHOOK_ALLOW_PRIVATE: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .default(false)
    .describe('true, false'),
  ROLE: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['all', 'api', 'worker']))
    .default('all')
    .describe('all, api, worker'),
  OTEL_SDK_DISABLED: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .default(false)
    .describe('true, false'),
  OTEL_TRACES_EXPORTER: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['otlp', 'none']))
    .default('otlp')
    .describe('otlp, none'),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.optional().describe(collectorIs),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.optional().describe(collectorIs),
  LOG_LEVEL: z.string().toLowerCase().pipe(z.enum(logLevels)).default('info').describe(logLevels.join(', ')),
});

export type Environment = z.output<typeof schema>;
export type VariableName = keyof Environment;

export const variableNames = Object.keys(schema.shape) as VariableName[];

const SECRETS: readonly string[] = [
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_READ_URL',
  'JWT_SECRET',
  'ENCRYPTION_KEY',
] satisfies VariableName[];

/**
 * Parses the program's variables out of `variables` (`process.env`). An empty or blank one counts as unset.
 * @throws {StartError} for the first invalid value: one line that names the variable, its value and the valid ones
 */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const values = Object.fromEntries(variableNames.map((name) => [name, variables[name]?.trim() || undefined]));
  const { data, error } = schema.safeParse(values);
  if (data) return data;
  const name = error.issues[0]?.path[0] as VariableName;
  throw invalid(name, values[name] ?? '');
}

/** The error for an invalid value. It shows only the length of a secret, and of an address with user and password. */
export function invalid(name: VariableName, value: string, detail = ''): StartError {
  const shown =
    SECRETS.includes(name) || value.includes('@')
      ? ` (${value.length} characters)`
      : `: ${JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value)}`;
  return new StartError(`${name} is not valid${shown}. Expected ${validValues(name)}${detail}.`);
}

/** Describes the valid values of a variable. */
export function validValues(name: VariableName): string {
  return schema.shape[name].description ?? 'any text';
}

/**
 * Loads a `.env` file, if there is one, into `process.env`. Variables that are set and not empty stay as they are.
 * @throws {StartError} if the file can't be read
 */
export function loadEnvFile(path: string): void {
  for (const name of variableNames) if (process.env[name]?.trim() === '') delete process.env[name];
  try {
    process.loadEnvFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new StartError(`${path} can't be read. It must be a text file that this user may read: fix or remove it.`, {
      cause: error,
    });
  }
}

function isDate(text: string): boolean {
  return z.iso.date().safeParse(text).success;
}

function isRecurring(pattern: string): boolean {
  try {
    const cron = new Cron(pattern, { paused: true });
    return Boolean(cron.getPattern() && cron.nextRun());
  } catch {
    return false;
  }
}
