/**
 * A function of one key that calls `load` once for all keys asked for until the microtasks of the present turn are
 * done: as long as it takes GraphQL to call a field's resolver on each row of a list.
 */
export function batch<Key, Value>(
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>,
): (key: Key) => Promise<Value | undefined> {
  let keys = new Set<Key>();
  let pending: Promise<ReadonlyMap<Key, Value>> | null = null;
  return async (key) => {
    keys.add(key);
    pending ??= endOfMicrotasks().then(() => {
      const asked = [...keys];
      keys = new Set();
      pending = null;
      return load(asked);
    });
    return (await pending).get(key);
  };
}

function endOfMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    queueMicrotask(() => process.nextTick(resolve));
  });
}
