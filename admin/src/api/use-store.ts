import { useEffect, useState } from 'preact/hooks';

/**
 * Returns what `get` returns, and renders again when that has changed. Both functions stay the same.
 * @param subscribe calls the listener at each change, until the returned function is called
 */
export function useStore<Value>(subscribe: (listener: () => void) => () => void, get: () => Value): Value {
  const value = get();
  const [, setSeen] = useState({ value });
  useEffect(() => {
    const look = () => setSeen((seen) => (seen.value === get() ? seen : { value: get() }));
    // It may have changed since it was rendered.
    look();
    return subscribe(look);
  }, [subscribe, get]);
  return value;
}
