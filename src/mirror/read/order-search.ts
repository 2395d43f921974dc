import type { Bind } from '../../database/database.js';

/** Shorter texts have no trigram. They match as a prefix only, which other indexes find. */
const MIN_INFIX_LENGTH = 3;
const BLANKS = /\s+/;
/** All ids of Amazon's have this length, so that no other one contains it. */
const WHOLE_ID = /^\d{3}-\d{7}-\d{7}$/;

/**
 * A search matches a part of an order id, a SKU or an ASIN, or a title that has all of its words, in any order; ignoring
 * case. With fewer than three characters it matches the beginning of an order id, a SKU or an ASIN.
 */
interface SearchSql {
  /** Of `amazon_order AS o`. */
  readonly ofOrder: string;
  /** Of `amazon_order_item AS i`; each has an index. */
  readonly ofItem: readonly string[];
}

function searchSql(search: string, bind: Bind): SearchSql {
  const text = search.trim();
  if (text.length < MIN_INFIX_LENGTH) {
    const prefix = `LIKE lower(${bind(`${escaped(text)}%`)})`;
    return {
      ofOrder: `lower(o.amazon_order_id) ${prefix}`,
      ofItem: [`lower(i.seller_sku) ${prefix}`, `lower(i.asin) ${prefix}`],
    };
  }
  const infix = `ILIKE ${bind(`%${escaped(text)}%`)}`;
  const words = text.split(BLANKS).map((word) => `i.title ILIKE ${bind(`%${escaped(word)}%`)}`);
  return {
    // Trigrams of digits are common: they take a hundred times as long.
    ofOrder: WHOLE_ID.test(text) ? `o.amazon_order_id = ${bind(text)}` : `o.amazon_order_id ${infix}`,
    ofItem: [`i.seller_sku ${infix}`, `i.asin ${infix}`, words.join(' AND ')],
  };
}

const escaped = (text: string) => text.replace(/[\\%_]/g, '\\$&');

/** Returns SQL of the ids that a search matches, with duplicates. A union, since each part has an index and an OR has none. */
export function searchedIds(search: string, bind: Bind): string {
  const { ofOrder, ofItem } = searchSql(search, bind);
  const items = ofItem.map((condition) => `SELECT i.order_id FROM amazon_order_item AS i WHERE ${condition}`);
  return [`SELECT o.id FROM amazon_order AS o WHERE ${ofOrder}`, ...items].join('\n    UNION ALL ');
}

/** Returns SQL that tests one order. OFFSET 0 prevents the planner from reading all matches first. */
export function isSearched(search: string, bind: Bind): string {
  const { ofOrder, ofItem } = searchSql(search, bind);
  return `(${ofOrder} OR EXISTS (SELECT FROM amazon_order_item AS i
    WHERE i.order_id = o.id AND (${ofItem.map((condition) => `(${condition})`).join(' OR ')}) OFFSET 0))`;
}

/**
 * The same, by an array of the ids of all matches, so that orders are read by id; with a join the planner scans the table
 * for a common prefix.
 */
export function matchesSearch(search: string, bind: Bind): string {
  return `o.id = ANY (ARRAY(${searchedIds(search, bind)}))`;
}
