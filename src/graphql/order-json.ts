import { unusualDigits } from './money.js';

/** What is asked of an object: the answer's keys, in their order, each with its field and what is asked of that. */
export interface Selection {
  readonly key: string;
  readonly field: string;
  readonly of: readonly Selection[];
}

/** Makes the SQL of a selection's JSON. */
type ObjectSql = (selection: readonly Selection[]) => string;
/** A field's SQL: text that holds its JSON, never SQL's NULL; or the parts of such a text. */
type FieldSql = string | readonly string[] | ObjectSql;

/**
 * The JSON of an order, made by the database: the SQL of a text, for a SELECT from `amazon_order AS o`. Null for a
 * selection with a field that is not to be had this way. It says what the fields in orders.ts and money.ts say.
 */
export function orderJson(selection: readonly Selection[]): string | null {
  return objectJson(orderFields, selection);
}

const itemFields: Readonly<Record<string, FieldSql>> = {
  __typename: literal('"AmazonOrderItem"'),
  id: globalId('AmazonOrderItem', 'i.id'),
  orderItemId: text('i.order_item_id'),
  amazonOrderId: text('i.amazon_order_id'),
  marketplaceId: text('i.marketplace_id'),
  sellerSku: textOrNull('i.seller_sku'),
  asin: textOrNull('i.asin'),
  title: textOrNull('i.title'),
  quantityOrdered: 'i.quantity_ordered::text',
  itemPrice: money('i.item_price_amount', 'i.item_price_currency'),
};

const orderFields: Readonly<Record<string, FieldSql>> = {
  __typename: literal('"AmazonOrder"'),
  id: globalId('AmazonOrder', 'o.id'),
  amazonOrderId: text('o.amazon_order_id'),
  marketplaceId: text('o.marketplace_id'),
  purchaseDate: instant('o.purchase_date'),
  lastUpdateDate: instant('o.last_update_date'),
  orderStatus: text('o.order_status'),
  fulfilledBy: textOrNull('o.fulfilled_by'),
  orderTotal: money('o.order_total_amount', 'o.order_total_currency'),
  notes: `coalesce(to_json(o.notes)::text, '[]')`,
  items: (selection) => {
    const item = objectJson(itemFields, selection);
    return item === null
      ? ''
      : `'[' || array_to_string(ARRAY(SELECT ${item} FROM amazon_order_item AS i WHERE i.order_id = o.id
          ORDER BY i.order_item_id, i.id), ',') || ']'`;
  },
};

/** One `concat` of all parts: half the time of as many `||`, each of which copies what came before it. */
function objectJson(fields: Readonly<Record<string, FieldSql>>, selection: readonly Selection[]): string | null {
  const parts: string[] = [];
  for (const { key, field, of } of selection) {
    const sql = Object.hasOwn(fields, field) ? fields[field] : undefined;
    const value = typeof sql === 'function' ? sql(of) : sql;
    if (!value) return null;
    parts.push(literal(`${parts.length === 0 ? '{' : ','}"${key}":`), ...(typeof value === 'string' ? [value] : value));
  }
  return `concat(${[...parts, literal('}')].join(', ')})`;
}

function money(amount: string, currency: string): FieldSql {
  const unusual = unusualDigits.map(
    ({ digits, currencies }) => `WHEN ${currency} = ANY ('{${currencies}}'::text[]) THEN ${digits}`,
  );
  const digits = `CASE ${unusual.join(' ')} WHEN ${currency} ~ '^[A-Z]{3}$' THEN 2 ELSE 0 END`;
  const manyDigits = unusualDigits.flatMap(({ digits, currencies }) => (digits > 2 ? currencies : []));
  // Most amounts have their digits: no need to find out how many those are.
  const padded = `CASE WHEN scale(${amount}) >= 2 AND ${currency} <> ALL ('{${manyDigits}}'::text[]) THEN ${amount}
    ELSE round(${amount}, greatest(scale(${amount}), ${digits})) END`;
  const fields = {
    __typename: literal('"Money"'),
    amount: [literal('"'), padded, literal('"')],
    currencyCode: text(currency),
  };
  return (selection) => {
    const object = objectJson(fields, selection);
    return object === null ? '' : `CASE WHEN ${amount} IS NULL OR ${currency} IS NULL THEN 'null' ELSE ${object} END`;
  };
}

function text(column: string): string {
  return `to_json(${column})::text`;
}

function textOrNull(column: string): string {
  return `coalesce(${text(column)}, 'null')`;
}

function instant(column: string): readonly string[] {
  return [literal('"'), `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`, literal('"')];
}

function globalId(typename: string, column: string): readonly string[] {
  const bytes = `('${typename}:' || ${column})::bytea`;
  return [literal('"'), `translate(rtrim(encode(${bytes}, 'base64'), '='), '+/', '-_')`, literal('"')];
}

/** Names of GraphQL and of this file: no quotes. */
function literal(content: string): string {
  return `'${content}'`;
}
