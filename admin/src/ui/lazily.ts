/** Returns a function that makes a value when it is called first: the formats of `Intl` take a phone milliseconds each. */
export function lazily<Value>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
