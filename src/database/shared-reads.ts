interface Reads<Value> {
  readonly current: Promise<Value>;
  next: Promise<Value> | null;
}

/**
 * Coalesces concurrent reads: at most one read per key runs at a time, and all calls during a read share the next one.
 * So no result is older than its call, and a thousand calls at once cost two statements.
 */
export function shareReads<Key, Value>(read: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const running = new Map<Key, Reads<Value>>();
  const start = (key: Key): Promise<Value> => {
    const reads: Reads<Value> = { current: read(key), next: null };
    running.set(key, reads);
    const done = () => {
      if (running.get(key) === reads) running.delete(key);
    };
    reads.current.then(done, done);
    return reads.current;
  };
  return (key) => {
    const reads = running.get(key);
    if (!reads) return start(key);
    const startNext = () => start(key);
    reads.next ??= reads.current.then(startNext, startNext);
    return reads.next;
  };
}
