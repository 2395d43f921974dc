import { describe, expect, it } from 'vitest';
import { prefetch } from '../../src/sync/read/prefetch.js';

/** Values that are made by hand: what was asked for, what was made of it, and how it all ended. */
function byHand() {
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
  it('asks for the second while the first is used, and for the third only then', async () => {
    const { values, asked, ended } = byHand();
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

  it('a failure comes after the value before it was used', async () => {
    const { values, asked, ended } = byHand();
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

  it('a failure of the user stops the one that is being made, and waits for its end; the failure is the users', async () => {
    const { values, asked, ended } = byHand();
    const all = (async () => {
      for await (const _value of values) throw new Error('no use');
    })();
    asked[0]?.make(1);
    await expect(all).rejects.toThrow('no use');
    expect(asked).toHaveLength(2);
    expect(ended).toMatchObject({ closed: true, unwanted: true });
  });

  it('ends when there is no more, with nothing left to fail unseen', async () => {
    const values = prefetch(async function* () {
      yield 1;
      yield 2;
    });
    const all: number[] = [];
    for await (const value of values) all.push(value);
    expect(all).toEqual([1, 2]);
  });
});
