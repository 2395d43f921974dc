import { type Random, random } from '../random.js';

/** When a fault happens. Without `on` and `probability`: each time, until cleared. */
export interface Timing {
  /** From the `from`-th time counted from now (1 = the next one), `count` times (default 1). */
  on?: { from: number; count?: number };
  /** 0..1, drawn each time. */
  probability?: number;
  /** Seed of the draws (default 1): the same requests get the same faults. */
  seed?: number;
}

/** A rule that counts how often it could have applied. */
export type Active<Rule extends Timing> = Rule & { seen: number; random: Random };

export function activate<Rule extends Timing>(rule: Rule): Active<Rule> {
  return { ...rule, seen: 0, random: random(rule.seed ?? 1) };
}

/** Counts one time, and returns whether the rule applies to it. */
export function countAndMatch(rule: Active<Timing>): boolean {
  rule.seen += 1;
  if (rule.on !== undefined) {
    const { from, count = 1 } = rule.on;
    if (rule.seen < from || rule.seen >= from + count) return false;
  }
  return rule.probability === undefined || rule.random.chance(rule.probability);
}
