/** A small seeded generator: the same seed gives the same numbers on every machine. */
export interface Random {
  /** 0 ≤ x < 1. */
  fraction(): number;
  /** A whole number, both ends included. */
  int(min: number, max: number): number;
  /** True with this probability, 0..1. */
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** The generator of a seed; with `stream`, one of many independent ones of the same seed. */
export function random(seed: number, stream = 0): Random {
  return new SeededRandom(scramble(scramble(seed) ^ Math.imul(stream + 1, 0x9e3779b1)));
}

/** A class, since a book makes three generators for each order. */
class SeededRandom implements Random {
  #state: number;

  constructor(state: number) {
    this.#state = state;
  }

  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    return scramble(this.#state) / 2 ** 32;
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.fraction() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.int(0, list.length - 1)] ?? list[0];
  }
}

/** Mixes the bits of a 32-bit number (the finaliser of MurmurHash3); a bijection, so that different inputs stay different. */
export function scramble(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
