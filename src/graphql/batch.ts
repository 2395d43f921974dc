/**
 * A function of one key that calls `load` once for all keys asked for until the microtasks of the present turn are
 * done: as long as it takes GraphQL to call a field's resolver on each row of a list.
 */
export function batch<Key, Value>(
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let pending: Batch<Key, Value> | null = null;
  const begin = (): Batch<Key, Value> => {
    const keys = new Set<Key>();
    const values = endOfMicrotasks().then(() => {
      pending = null;
      return load([...keys]);
    });
    return { keys, values };
  };
  return async (key) => {
    pending ??= begin();
    pending.keys.add(key);
    return (await pending.values).get(key);
  };
}

interface Batch<Key, Value> {
  readonly keys: Set<Key>;
  readonly values: Promise<ReadonlyMap<Key, Value>>;
}

function endOfMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });
}
