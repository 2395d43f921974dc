import type { Bind } from '../../database/database.js';

/** Shorter texts are in too many others. They match as a prefix only. */
const MIN_INFIX_LENGTH = 3;
const BLANKS = /\s+/;
/** As `search_parts` splits texts; a shorter word is the beginning of too many parts. */
const PART_LENGTH = 4;
/** Of a title, as `search_parts` does. */
const MAX_TITLE_LENGTH = 1_000;
/** A whole order id, also as people paste it: without hyphens, after "#", "Order" or "Order ID:". */
const WHOLE_ID = /^(?:order)?[\s:#]{0,3}(?:id|number|no\.?)?[\s:#]{0,3}(\d{3})-?(\d{7})-?(\d{7})$/i;

interface TestOptions {
  /** Adds a condition that an index on the column's parts answers. */
  readonly isIndexed?: boolean | undefined;
  /** SQL of the lower-case text to test; by default all of the column's. */
  readonly text?: string;
}

const INDEXED: TestOptions = { isIndexed: true };

/** Returns SQL that tests a column. */
type Test = (column: string, options?: TestOptions) => string;

/**
 * A search matches a part of an order id, a SKU or an ASIN, or a title that has all of its words, in any order; ignoring
 * case. With fewer than three characters it matches the beginning of an order id, a SKU or an ASIN. A whole order id is
 * found as people paste it.
 */
interface SearchSql {
  readonly ofOrderId: Test;
  /** Of a SKU or an ASIN. */
  readonly ofCode: Test;
  readonly ofTitle: Test | null;
}

function searchSql(search: string, bind: Bind): SearchSql {
  const text = search.trim();
  if (text.length < MIN_INFIX_LENGTH) {
    const ofCode = contains(text, bind, { isPrefix: true });
    // A b-tree has the beginnings of order ids.
    return { ofOrderId: (column) => ofCode(column), ofCode, ofTitle: null };
  }
  const ofCode = contains(text, bind);
  const words = [...new Set(text.split(BLANKS))].sort((one, other) => other.length - one.length);
  const ofWords = words.map((word, place) => ({
    test: contains(word, bind),
    // The longest one is looked up in any case.
    isRare: place === 0 || word.length >= PART_LENGTH,
  }));
  // All ids of Amazon's have this length, so that no other one contains it.
  const id = WHOLE_ID.exec(text)?.slice(1).join('-');
  const whole = id ? bind(id) : null;
  return {
    ofOrderId: whole ? (column) => `${column} = ${whole}` : ofCode,
    ofCode,
    ofTitle: (column, { isIndexed = false } = {}) => {
      const beginning = `left(lower(${column}), ${MAX_TITLE_LENGTH})`;
      const tests = ofWords.map(({ test, isRare }) =>
        test(column, { isIndexed: isIndexed && isRare, text: beginning }),
      );
      return `(${tests.join(' AND ')})`;
    },
  };
}

function contains(text: string, bind: Bind, { isPrefix = false } = {}): Test {
  const escaped = text.replace(/[\\%_]/g, '\\$&');
  const pattern = bind(isPrefix ? `${escaped}%` : `%${escaped}%`);
  let value: string | undefined;
  return (column, { isIndexed = false, text: tested = `lower(${column})` } = {}) => {
    const test = `${tested} LIKE lower(${pattern})`;
    if (!isIndexed) return test;
    value ??= bind(text);
    return `(search_parts(${column}) @@ search_query(${value}) AND ${test})`;
  };
}

/**
 * Returns SQL of the ids that a search matches, with duplicates. Unions, since each part has an index and an OR has none; with
 * a LIMIT, items are read product by product until there are enough.
 */
export function searchedIds(search: string, bind: Bind): string {
  const { ofOrderId, ofCode, ofTitle } = searchSql(search, bind);
  const ofProduct = [ofCode('seller_sku', INDEXED), ofCode('asin', INDEXED), ofTitle?.('title', INDEXED)];
  const products = ofProduct.filter(Boolean).map((condition) => `SELECT key FROM mirrored_product WHERE ${condition}`);
  return `SELECT o.id FROM amazon_order AS o WHERE ${ofOrderId('o.amazon_order_id', INDEXED)}
    UNION ALL SELECT i.order_id FROM (${products.join(' UNION ALL ')}) AS p CROSS JOIN LATERAL (
      SELECT order_id FROM amazon_order_item WHERE product_key(seller_sku, asin, title) = p.key OFFSET 0) AS i`;
}

/** Returns SQL that tests one order. OFFSET 0 prevents the planner from reading all matches first. */
export function isSearched(search: string, bind: Bind): string {
  const { ofOrderId, ofCode, ofTitle } = searchSql(search, bind);
  const ofItem = [ofCode('i.seller_sku'), ofCode('i.asin'), ofTitle?.('i.title')];
  return `(${ofOrderId('o.amazon_order_id')} OR EXISTS (SELECT FROM amazon_order_item AS i
    WHERE i.order_id = o.id AND (${ofItem.filter(Boolean).join(' OR ')}) OFFSET 0))`;
}

/**
 * The same, by an array of the ids of all matches, so that orders are read by id; with a join the planner scans the table
 * for a common prefix.
 */
export function matchesSearch(search: string, bind: Bind): string {
  return `o.id = ANY (ARRAY(${searchedIds(search, bind)}))`;
}
