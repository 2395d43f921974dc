/** Random values from a seed: the same seed makes the same request. */
export interface Random {
  /** Returns a number from 0 to 1, without 1. */
  (): number;
  /** Returns an integer from 0 to `below`, without `below`. */
  int(below: number): number;
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
  /** Returns a size: often a small one, sometimes `max` or slightly more. */
  size(max: number): number;
}

export function randomFrom(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (below: number) => Math.floor(next() * below);
  const random = next as Random;
  return Object.assign(random, {
    int,
    pick: <T>(items: readonly T[]): T => items[int(items.length)] as T,
    chance: (probability: number) => next() < probability,
    size: (max: number) => {
      const kind = int(4);
      if (kind === 0) return int(3);
      if (kind === 1) return int(Math.ceil(max ** 0.5));
      if (kind === 2) return int(max);
      return max + int(3) - 1;
    },
  });
}

export function repeat(count: number, part: (n: number) => string, separator = ' '): string {
  return Array.from({ length: Math.max(0, count) }, (_, n) => part(n)).join(separator);
}

const ODD_TEXTS = [
  ...['', '\0', '\ud800', 'x\udfff', '\u202e', '𝒳', 'İ', 'ﬃ', "'; DROP TABLE users; --", '\ufeff', '\r\n\r\n'],
  ...'%_\\ __proto__ constructor -0 1e999 99999999999999999999 2026-02-30 0000-01-01 null a@b.c'.split(' '),
  '9999-12-31T23:59:59-23:59',
];

export function oddText(random: Random): string {
  if (random.chance(0.15)) return random.pick(ODD_TEXTS).repeat(random.size(3_000));
  if (random.chance(0.3))
    return String.fromCharCode(...Array.from({ length: random.int(20) }, () => random.int(65_536)));
  return random.pick(ODD_TEXTS);
}

/** Returns a JSON value of any type and size. */
export function oddValue(random: Random, depth = 0): unknown {
  const kinds = depth > 4 ? 7 : 10;
  switch (random.int(kinds)) {
    case 0:
      return null;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.pick([0, -1, 1, 200, 201, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e308, 0.5]);
    case 3:
    case 4:
    case 5:
      return oddText(random);
    case 6:
      return 'x'.repeat(random.size(70_000));
    case 7:
      return Array.from({ length: random.size(depth === 0 ? 20_000 : 8) }, () =>
        depth === 0 ? 1 : oddValue(random, depth + 1),
      );
    case 8:
      return Object.fromEntries(
        Array.from({ length: random.size(depth === 0 ? 10_000 : 8) }, (_, n) => [
          `${oddText(random).slice(0, 20)}${n}`,
          depth === 0 ? 1 : oddValue(random, depth + 1),
        ]),
      );
    default: {
      let nested: unknown = 1;
      for (let n = random.size(800); n > 0; n--) nested = n % 2 ? [nested] : { a: nested };
      return nested;
    }
  }
}
