import { describe, expect } from 'vitest';
import { countOrders } from '../helpers/count-orders.js';
import { it } from '../helpers/fixtures.js';
import { seedOrders } from '../helpers/seed-orders.js';

describe('the products of searches', () => {
  it.beforeEach(({ database }) => database.query('TRUNCATE amazon_order CASCADE'));

  const TITLE = `it's a "\\backslash" & (5 | 6):* ÉTÉ 皿 100%_off`;

  it('follow items that are added, changed and deleted', async ({ database }) => {
    await seedOrders(database, 20);
    const productsOf = (search: string) => countOrders(database, { search });
    expect(await productsOf('A thing')).toBe(20);
    await database.query(
      `UPDATE amazon_order_item SET title = $1 WHERE order_id = (SELECT max(id) FROM amazon_order)`,
      [TITLE],
    );
    expect(await productsOf('A thing')).toBe(19);
    expect(await productsOf('BACKslash')).toBe(1);
    await database.query('UPDATE amazon_order_item SET seller_sku = NULL, asin = NULL');
    expect(await productsOf('BACKslash')).toBe(1);
    expect(await productsOf('sku_1%1')).toBe(0);
    await database.query('DELETE FROM amazon_order WHERE id = (SELECT max(id) FROM amazon_order)');
    expect(await productsOf('BACKslash')).toBe(0);
    await database.query('TRUNCATE amazon_order_item');
    expect(await database.query('SELECT FROM mirrored_product')).toEqual([]);
  });

  it('are found by each part of their texts', async ({ database }) => {
    await seedOrders(database, 3);
    await database.query(
      'UPDATE amazon_order_item SET title = $1, seller_sku = $2, asin = $3 WHERE order_id = (SELECT min(id) FROM amazon_order)',
      [TITLE, `a'b\\c & d|e!`, 'B0 (x):*'],
    );
    const parts = (text: string, length: number) =>
      Array.from({ length: text.length - length + 1 }, (_, start) => text.slice(start, start + length));
    for (const [text, length] of [
      [`a'b\\c & d|e!`, 3],
      [`A'B\\C & D|E!`, 5],
      ['B0 (x):*', 3],
      ['B0 (x):*', 8],
    ] as const)
      for (const part of parts(text, length))
        if (part === part.trim()) expect([part, await countOrders(database, { search: part })]).toEqual([part, 1]);
    for (const word of TITLE.split(' '))
      if (word.length > 2) expect([word, await countOrders(database, { search: word })]).toEqual([word, 1]);
    expect(await countOrders(database, { search: `a 皿 été it's` })).toBe(1);
    expect(await countOrders(database, { search: 'x'.repeat(5_000) })).toBe(0);
    expect(await countOrders(database, { search: `${'a'.repeat(120)} ${TITLE}` })).toBe(0);
  });

  it('differ if a quotation mark is elsewhere', async ({ database }) => {
    await seedOrders(database, 2);
    const change = (which: string, sku: string, asin: string) =>
      database.query(
        `UPDATE amazon_order_item SET seller_sku = $1, asin = $2 WHERE order_id = (SELECT ${which}(id) FROM amazon_order)`,
        [sku, asin],
      );
    await change('min', "a'b", 'cdef');
    await change('max', 'a', "b'cdef");
    expect(await countOrders(database, { search: "a'b" })).toBe(1);
    expect(await countOrders(database, { search: "b'cde" })).toBe(1);
  });

  it('are found by many short words, and the same again, in a moment', async ({ database }) => {
    await seedOrders(database, 5_000);
    const title = 'Stoneware mug in a set of 2, a b c d e f g h';
    await database.query(`UPDATE amazon_order_item SET title = $1 || order_id`, [title]);
    expect(await countOrders(database, { search: 'a '.repeat(5_000) })).toBe(5_000);
    expect(await countOrders(database, { search: 'h g f e d c b a of in 2 mug' })).toBe(5_000);
  });

  it('with a title of many characters are found by the first ones', async ({ database }) => {
    await seedOrders(database, 2);
    const title = Array.from({ length: 40_000 }, (_, place) => place.toString(36)).join(' ');
    await database.query('UPDATE amazon_order_item SET title = $1', [title]);
    expect(await countOrders(database, { search: '5a 7z' })).toBe(2);
  });
});
