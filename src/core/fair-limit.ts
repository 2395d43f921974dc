/** A limited number of places, shared fairly between keys such as client addresses. */
export interface FairLimit<Holder> {
  /**
   * Takes a place for `holder`. If all are taken, evicts the oldest holder of the key with the most places, provided that
   * `key` has fewer. Returns false if there is no place: `key` has too many, or none has more.
   */
  enter(holder: Holder, key: string): boolean;
  /** Frees the holder's place, if it has one. */
  leave(holder: Holder): void;
}

export interface FairLimitOptions<Holder> {
  readonly max: number;
  /** Of one key (default: `max`). */
  readonly maxPerKey?: number;
  /** Called with a holder that lost its place. */
  readonly evict: (holder: Holder) => void;
}

export function createFairLimit<Holder>({ max, maxPerKey = max, evict }: FairLimitOptions<Holder>): FairLimit<Holder> {
  const keyOf = new Map<Holder, string>();
  const byKey = new Map<string, Set<Holder>>();

  const leave = (holder: Holder) => {
    const key = keyOf.get(holder);
    if (key === undefined) return;
    keyOf.delete(holder);
    const holders = byKey.get(key);
    holders?.delete(holder);
    if (holders?.size === 0) byKey.delete(key);
  };
  const makeRoom = (count: number): boolean => {
    let most: Set<Holder> = new Set();
    for (const holders of byKey.values()) if (holders.size > most.size) most = holders;
    const [oldest] = most;
    if (oldest === undefined || most.size <= count + 1) return false;
    leave(oldest);
    evict(oldest);
    return true;
  };
  return {
    enter: (holder, key) => {
      const count = byKey.get(key)?.size ?? 0;
      if (count >= maxPerKey || (keyOf.size >= max && !makeRoom(count))) return false;
      keyOf.set(holder, key);
      byKey.set(key, (byKey.get(key) ?? new Set()).add(holder));
      return true;
    },
    leave,
  };
}
