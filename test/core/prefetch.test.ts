import { describe, expect, it } from 'vitest';
import { prefetch } from '../../src/core/prefetch.js';

/** Prefetches values that the test produces; records requests and how the source ended. */
function manual() {
  const asked: { make(value: number): void; fail(error: Error): void }[] = [];
  const ended = { asked: 0, closed: false, unwanted: false };
  async function* source(unwanted: AbortSignal) {
    try {
      for (;;) {
        yield await new Promise<number>((make, fail) => {
          unwanted.addEventListener('abort', () => {
            ended.unwanted = true;
            fail(new Error('unwanted'));
          });
          asked.push({ make, fail });
        });
      }
    } finally {
      ended.closed = true;
    }
  }
  return { values: prefetch(source), asked, ended };
}

describe('prefetch', () => {
  it('requests the second value while the first is used, and the third only after', async () => {
    const { values, asked, ended } = manual();
    const first = values.next();
    asked[0]?.make(1);
    expect(await first).toEqual({ done: false, value: 1 });
    expect(asked).toHaveLength(2);
    asked[1]?.make(2);
    expect(await values.next()).toEqual({ done: false, value: 2 });
    expect(asked).toHaveLength(3);
    await values.return();
    expect(ended).toMatchObject({ closed: true, unwanted: true });
  });

  it('throws an error after the value before it was used', async () => {
    const { values, asked, ended } = manual();
    const used: number[] = [];
    const all = (async () => {
      for await (const value of values) {
        asked[1]?.fail(new Error('no second one'));
        await new Promise(setImmediate);
        used.push(value);
      }
    })();
    asked[0]?.make(1);
    await expect(all).rejects.toThrow('no second one');
    expect(used).toEqual([1]);
    expect(ended.closed).toBe(true);
  });

  it('aborts the pending value when the consumer throws, waits for its end, and rethrows', async () => {
    const { values, asked, ended } = manual();
    const all = (async () => {
      for await (const _value of values) throw new Error('no use');
    })();
    asked[0]?.make(1);
    await expect(all).rejects.toThrow('no use');
    expect(asked).toHaveLength(2);
    expect(ended).toMatchObject({ closed: true, unwanted: true });
  });

  it('ends with the source', async () => {
    const values = prefetch(async function* () {
      yield 1;
      yield 2;
    });
    const all: number[] = [];
    for await (const value of values) all.push(value);
    expect(all).toEqual([1, 2]);
  });
});
