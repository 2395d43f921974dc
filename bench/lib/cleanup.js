/** @type {(() => unknown)[]} */
const closers = [];

/**
 * What must be gone when the benchmarks end, however they end: processes, databases, folders. Last in, first out.
 * @param {() => unknown} close may be called once only
 * @returns {() => Promise<void>} closes it now
 */
export function atTheEnd(close) {
  const closer = () => close();
  closers.push(closer);
  return async () => {
    const place = closers.indexOf(closer);
    if (place < 0) return;
    closers.splice(place, 1);
    await close();
  };
}

/** Closes all that is left, whatever of it fails. */
export async function closeEverything() {
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      console.error('Not cleaned up:', error instanceof Error ? error.message : error);
    }
  }
}
