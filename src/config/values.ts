import { Cron } from 'croner';
import { StartError } from '../core/errors.js';
import type { Environment, VariableName } from './environment.js';

/** One variable, as its reader wants it; null while it is unset. */
export interface Variable {
  readonly name: VariableName;
  readonly value: string | null;
}

export function variable(environment: Environment, name: VariableName): Variable {
  return { name, value: environment[name] ?? null };
}

/** One line that names the variable, what it holds and what it may hold. */
export function wrong({ name, value }: Variable, mayHold: string): StartError {
  return new StartError(`${name} holds ${JSON.stringify(shortened(value ?? ''))}. It may hold ${mayHold}.`);
}

/** The same for a secret, of which only the length is told. */
export function wrongSecret({ name, value }: Variable, isNot: string, mayHold: string): StartError {
  return new StartError(
    `${name} holds ${value?.length ?? 0} characters that are not ${isNot}. It may hold ${mayHold}.`,
  );
}

/** 0 lets the system choose a free one. */
export function port(from: Variable): number | null {
  if (from.value === null) return null;
  const number = /^\d{1,5}$/.test(from.value) ? Number(from.value) : Number.NaN;
  if (number <= 65_535) return number;
  throw wrong(from, 'a port, 0 to 65535 (0: any free one)');
}

/** An IP address or a host name, to listen on. */
export function host(from: Variable): string | null {
  if (from.value === null || /^[\w.:%-]+$/.test(from.value)) return from.value;
  throw wrong(from, 'an address to listen on, such as 127.0.0.1 (this machine only), 0.0.0.0 or :: (all networks)');
}

export function oneOf<Word extends string>(from: Variable, words: readonly Word[]): Word | null {
  if (from.value === null) return null;
  const word = words.find((known) => known.toLowerCase() === from.value?.toLowerCase());
  if (word !== undefined) return word;
  throw wrong(from, words.map((known) => known.toLowerCase()).join(', '));
}

export function flag(from: Variable): boolean | null {
  const word = oneOf(from, ['true', 'false']);
  return word === null ? null : word === 'true';
}

/** `postgresql://user:password@host:port/database`; what it holds is a secret, for its password. */
export function postgresAddress(from: Variable): string | null {
  if (from.value === null) return null;
  const mayHold =
    'postgresql://<user>:<password>@<host>:<port>/<database>, with special characters in the password percent-encoded';
  if (!/^postgres(ql)?:\/\//.test(from.value)) throw wrongSecret(from, 'the address of a PostgreSQL database', mayHold);
  if (!URL.canParse(from.value)) throw wrongSecret(from, 'an address that can be read', mayHold);
  return from.value;
}

/** The base of an HTTP address, without a slash at its end. */
export function baseAddress(from: Variable): string | null {
  if (from.value === null) return null;
  const mayHold = 'the base of an address, such as https://sandbox.sellingpartnerapi-eu.amazon.com';
  const url = URL.canParse(from.value) ? new URL(from.value) : null;
  if (url && (url.username || url.password))
    throw wrongSecret(from, 'an address without a user and a password', mayHold);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) throw wrong(from, mayHold);
  return from.value.replace(/\/+$/, '');
}

/** Null in `cron` stands for `off`. */
export function cronPattern(from: Variable): { readonly cron: string | null } | null {
  if (from.value === null) return null;
  if (from.value.toLowerCase() === 'off') return { cron: null };
  try {
    if (new Cron(from.value, { paused: true }).getPattern() && new Cron(from.value, { paused: true }).nextRun()) {
      return { cron: from.value };
    }
  } catch {
    // Told below, in the words of the house.
  }
  throw wrong(from, 'a cron pattern that comes round, such as "*/15 * * * *" (each quarter of an hour), or off');
}

function shortened(value: string): string {
  return value.length > 100 ? `${value.slice(0, 100)}…` : value;
}
