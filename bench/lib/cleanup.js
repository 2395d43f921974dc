const closers = /** @type {(() => unknown)[]} */ ([]);

/** Registers what must be gone when a benchmark ends (a process, a database, a folder). Returns a function that closes it at once. */
export function atTheEnd(/** @type {() => unknown} */ close) {
  closers.push(close);
  return async () => {
    if (closers.includes(close)) await closers.splice(closers.indexOf(close), 1)[0]?.();
  };
}

let closing = Promise.resolve();
const logFailure = (error) => console.error('bench: could not clean up:', error);

/** Closes everything registered, last in first out, once a call before has ended. Logs failures and continues. */
export function closeEverything() {
  closing = closing.then(async () => {
    for (let close = closers.pop(); close; close = closers.pop()) await Promise.resolve().then(close).catch(logFailure);
  });
  return closing;
}
