interface Reads<Value> {
  readonly now: Promise<Value>;
  next: Promise<Value> | null;
}

/**
 * A read that is done anew for whoever asks, but once at a time for each key: who asks while one is under way gets what
 * the next one finds, with all others who do. No answer is older than its question, and a thousand who ask at once cost
 * two statements.
 */
export function shareReads<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const underWay = new Map<Key, Reads<Value>>();
  const begin = (key: Key): Promise<Value> => {
    const reads: Reads<Value> = { now: read(key), next: null };
    underWay.set(key, reads);
    const done = () => {
      if (underWay.get(key) === reads) underWay.delete(key);
    };
    reads.now.then(done, done);
    return reads.now;
  };
  return (key) => {
    const reads = underWay.get(key);
    if (!reads) return begin(key);
    const beginNext = () => begin(key);
    reads.next ??= reads.now.then(beginNext, beginNext);
    return reads.next;
  };
}
