const closers = /** @type {(() => unknown)[]} */ ([]);

/** Registers a process, database or folder to close when a benchmark ends. Returns a function that closes it now. */
export function atTheEnd(/** @type {() => unknown} */ close) {
  closers.push(close);
  return async () => {
    if (closers.includes(close)) await closers.splice(closers.indexOf(close), 1)[0]?.();
  };
}

let closing = Promise.resolve();
const logFailure = (error) => console.error('bench: could not clean up:', error);

/** Closes all registered resources, last in first out; concurrent calls run one after the other. Logs failures and continues. */
export function closeEverything() {
  closing = closing.then(async () => {
    for (let close = closers.pop(); close; close = closers.pop()) await Promise.resolve().then(close).catch(logFailure);
  });
  return closing;
}
