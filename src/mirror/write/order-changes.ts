import type { OrderChangeKind } from '../../generated/prisma/client.js';
import { mergedValues, orderMemberColumns } from './member-columns.js';
import { MAPPING_VERSION } from './order-rows.js';

/**
 * Channel of `pg_notify`, sent in the transaction that changes orders (trigger `order_change_inserted`); the payload is its
 * highest id. `ChangeFeed` (mirror/read/change-feed.ts) listens.
 */
export const ORDER_CHANGED = 'ORDER_CHANGED';

interface Sides {
  /** SQL: the value of a column in the row that is written. */
  readonly after: (column: string) => string;
  /** Alias of the stored row. */
  readonly before: string;
  /** SQL: the payloads. */
  readonly payloads: readonly [before: string, after: string];
}

/** Which columns, or which member of the payload, a field of GraphQL returns. */
interface Field {
  readonly columns?: readonly string[];
  /** The columns of an amount and of its currency: without one of them there is no value. */
  readonly money?: readonly [amount: string, currency: string];
  /** A list: null is the same as an empty one. */
  readonly empty?: `'${string}'${string}`;
  readonly payload?: string;
}

const columns = (...names: string[]): Field => ({ columns: names });
const money = (name: string, currency = `${name}_currency`): Field => ({ money: [`${name}_amount`, currency] });
const proceeds = (name: string) => money(name, 'proceeds_currency');
const list = (name: string): Field => ({ columns: [name], empty: "'{}'" });
const payload = (...path: string[]): Field => ({ payload: `{${path.join()}}` });

/** Fields of `AmazonOrder`, by name. test/mirror/changed-fields.test.ts compares them with the schema. */
export const orderFields: Readonly<Record<string, Field>> = {
  marketplaceId: columns('marketplace_id'),
  purchaseDate: columns('purchase_date'),
  lastUpdateDate: columns('last_update_date'),
  orderStatus: columns('order_status'),
  fulfilledBy: columns('fulfilled_by'),
  sellerOrderId: columns('seller_order_id'),
  orderAliases: payload('orderAliases'),
  marketplaceName: columns('marketplace_name'),
  channelName: columns('channel_name'),
  source: columns('source'),
  programs: list('programs'),
  fulfillmentServiceLevel: columns('fulfillment_service_level'),
  shipByWindow: columns('ship_by_earliest', 'ship_by_latest'),
  deliverByWindow: columns('deliver_by_earliest', 'deliver_by_latest'),
  labelPrintingWindow: columns('label_printing_earliest', 'label_printing_latest'),
  associatedOrders: payload('associatedOrders'),
  proceeds: payload('proceeds'),
  packages: { columns: ['packages'], empty: "'[]'::jsonb" },
  fulfillmentOrderIds: payload('fulfillmentOrders'),
  payments: payload('payment'),
  buyerInvoicePreference: columns('buyer_invoice_preference'),
  invoiceStatus: columns('invoice_status'),
  orderTotal: money('order_total'),
  notes: list('notes'),
};

/** Fields of `AmazonOrderItem`, by name; a change of one is named `items.title`. */
export const itemFields: Readonly<Record<string, Field>> = {
  sellerSku: columns('seller_sku'),
  asin: columns('asin'),
  title: columns('title'),
  quantityOrdered: columns('quantity_ordered'),
  quantityFulfilled: columns('quantity_fulfilled'),
  quantityUnfulfilled: columns('quantity_unfulfilled'),
  itemPrice: money('item_price'),
  unitPrice: money('unit_price'),
  priceDesignation: columns('price_designation'),
  tax: proceeds('tax'),
  itemTax: proceeds('item_tax'),
  shippingPrice: proceeds('shipping_price'),
  shippingTax: proceeds('shipping_tax'),
  giftWrapPrice: proceeds('gift_wrap_price'),
  giftWrapTax: proceeds('gift_wrap_tax'),
  discount: proceeds('discount'),
  itemDiscount: proceeds('item_discount'),
  shippingDiscount: proceeds('shipping_discount'),
  codFee: proceeds('cod_fee'),
  proceeds: { ...proceeds('proceeds_total'), ...payload('proceeds', 'breakdowns') },
  promotionIds: list('promotion_ids'),
  pointsGranted: { ...columns('points_granted'), ...money('points_value') },
  condition: columns('condition_type', 'condition_subtype', 'condition_note'),
  programs: list('programs'),
  serialNumbers: list('serial_numbers'),
  serialNumberRequirement: columns('serial_number_requirement'),
  measurement: columns('measurement_unit', 'measurement_value'),
  associatedItems: payload('associatedOrderItems'),
  cancellation: columns('cancellation_requester', 'cancelled_by'),
  substitutionType: columns('substitution_type'),
  substitutionOptions: payload('fulfillment', 'picking', 'substitutionPreference', 'substitutionOptions'),
  giftWrapLevel: columns('gift_wrap_level'),
  scheduledDeliveryWindow: columns('scheduled_delivery_earliest', 'scheduled_delivery_latest'),
  shippingConstraints: columns(
    ...['pallet_delivery', 'cash_on_delivery', 'signature_confirmation'],
    ...['recipient_identity_verification', 'recipient_age_verification'],
  ),
  iossNumber: columns('ioss_number'),
  taxReportingSchemes: list('tax_reporting_schemes'),
  taxCollections: payload('tax', 'taxCollections'),
};

const ITEM_AMOUNTS = [
  ...['itemPrice', 'unitPrice', 'tax', 'itemTax', 'shippingPrice', 'shippingTax', 'giftWrapPrice', 'giftWrapTax'],
  ...['discount', 'itemDiscount', 'shippingDiscount', 'codFee', 'proceeds'],
];

/** The fields whose change is of a kind. All others but `lastUpdateDate` are OTHER. */
export const fieldsOfKind: Readonly<Record<Extract<OrderChangeKind, 'STATUS' | 'ITEMS' | 'PRICE'>, readonly string[]>> =
  {
    STATUS: ['orderStatus'],
    /** `items`: an item was added or removed. */
    ITEMS: ['items', 'items.quantityOrdered'],
    PRICE: ['orderTotal', 'proceeds', ...ITEM_AMOUNTS.map((name) => `items.${name}`)],
  };

const literal = (names: readonly string[]) => `'{${names.join()}}'::text[]`;
const UPDATE_ONLY = literal(['lastUpdateDate']);
const KNOWN_KINDS = literal([...Object.values(fieldsOfKind).flat(), 'lastUpdateDate']);

const newOrder: ReadonlyMap<string, string> = new Map([
  ['order_total_amount', 'coalesce(i.order_total_amount::numeric, o.order_total_amount)'],
  ['order_total_currency', 'coalesce(i.order_total_currency, o.order_total_currency)'],
  ['notes', `string_to_array(i.notes, E'\\n')`],
  ...mergedValues(orderMemberColumns, { from: 'i', stored: 'o', order: 'i' }),
]);

const ORDER: Sides = {
  after: (column) => newOrder.get(column) ?? `i.${column}`,
  before: 'o',
  payloads: ['o.raw_payload', 'i.new_payload'],
};
const ITEM: Sides = {
  after: (column) => `n.${column}`,
  before: 's',
  payloads: ['s.raw_payload', 'n.raw_payload'],
};

/** Returns SQL: an array of the names of fields that differ. */
function changedFields(fields: Readonly<Record<string, Field>>, sides: Sides, prefix = ''): string {
  const names = Object.entries(fields).map(
    ([name, field]) => `CASE WHEN ${differs(field, sides)} THEN '${prefix}${name}' END`,
  );
  return `array_remove(ARRAY[${names.join(', ')}], NULL)`;
}

function differs({ columns: names = [], money: amount, empty, payload: path }: Field, sides: Sides): string {
  const { after, before, payloads } = sides;
  const orEmpty = (value: string) => (empty ? `coalesce(${value}, ${empty})` : value);
  const moneyOf = (value: (column: string) => string, [one, other]: readonly [string, string]) =>
    `CASE WHEN ${value(one)} IS NOT NULL AND ${value(other)} IS NOT NULL THEN ROW(${value(one)}, ${value(other)}) END`;
  const stored = (name: string) => `${before}.${name}`;
  return [
    ...names.map((name) => `${orEmpty(stored(name))} IS DISTINCT FROM ${orEmpty(after(name))}`),
    ...(amount ? [`${moneyOf(stored, amount)} IS DISTINCT FROM ${moneyOf(after, amount)}`] : []),
    ...(path ? [payloads.map((each) => `nullif(${each} #> '${path}', 'null')`).join(' IS DISTINCT FROM ')] : []),
  ].join(' OR ');
}

/**
 * Returns SQL: the parts of the merge's WITH that record in `order_change` what it changes. They read the merge's parts
 * `orders`, `incoming_items`, `stored_items`, `deleted_items` and `twins`, and the tables as they were before the statement.
 *
 * A change is recorded if a value that the API shows has changed, not if Amazon's JSON has. `rawPayload` is named only where
 * nothing else explains the difference: members that no field reads. A new order has no changed fields. Another row of the
 * same order that is deleted (see `twins`) has no status any more.
 * @param source SQL; null records nothing
 */
export function recordChangesSql(at: string, source: string): string {
  return `item_changes AS (
    SELECT order_id, array_agg(DISTINCT field) AS fields
      FROM (
        SELECT n.order_id, unnest(CASE
                 WHEN s.id IS NULL THEN '{items}'
                 WHEN fields = '{}' AND s.raw_payload <> n.raw_payload THEN '{items.rawPayload}'
                 ELSE fields END) AS field
          FROM incoming_items n LEFT JOIN stored_items s ON s.id = n.stored_id
               CROSS JOIN LATERAL (SELECT ${changedFields(itemFields, ITEM, 'items.')} AS fields) AS compared
         WHERE n.is_of_stored_order
        UNION ALL
        SELECT order_id, 'items' FROM deleted_items
      ) AS changed
     GROUP BY order_id
  ), order_changes AS (
    SELECT i.place, i.id, i.amazon_order_id, i.marketplace_id, o.order_status AS from_status, i.order_status AS to_status,
           CASE WHEN compared.fields <@ ${UPDATE_ONLY} AND o.raw_payload - 'lastUpdatedTime' <> i.new_payload - 'lastUpdatedTime'
                THEN compared.fields || '{rawPayload}' ELSE compared.fields END AS fields
      FROM (SELECT *, raw_payload::jsonb AS new_payload FROM orders WHERE stored_id IS NOT NULL OFFSET 0) AS i
           CROSS JOIN LATERAL (SELECT * FROM amazon_order WHERE id = i.stored_id OFFSET 0) AS o
           LEFT JOIN item_changes c ON c.order_id = i.id
           CROSS JOIN LATERAL (
             SELECT ${changedFields(orderFields, ORDER)} || coalesce(c.fields, '{}') AS fields) AS compared
     -- What only a newer mapping of the same content shows has not changed.
     WHERE o.mapping_version >= ${MAPPING_VERSION} OR o.content_hash <> i.content_hash
        OR o.items_hash IS DISTINCT FROM i.items_hash
  ), recorded_changes AS (
    INSERT INTO order_change
           (at, source, kinds, order_id, amazon_order_id, marketplace_id, from_status, to_status, changed_fields)
    SELECT ${at}, ${source}, kinds::order_change_kind[], id, amazon_order_id, marketplace_id, from_status, to_status, fields
      FROM (
        SELECT place, id, amazon_order_id, marketplace_id, NULL AS from_status, order_status AS to_status,
               '{}'::text[] AS fields,
               CASE WHEN order_status = 'CANCELLED' THEN '{CREATED,CANCELLED}' ELSE '{CREATED}' END::text[] AS kinds
          FROM orders WHERE stored_id IS NULL
        UNION ALL
        SELECT place, id, amazon_order_id, marketplace_id, from_status, to_status, fields, array_remove(ARRAY[
                 ${Object.entries(fieldsOfKind)
                   .map(([kind, names]) => `CASE WHEN fields && ${literal(names)} THEN '${kind}' END`)
                   .join(', ')},
                 CASE WHEN to_status = 'CANCELLED' AND from_status <> 'CANCELLED' THEN 'CANCELLED' END,
                 CASE WHEN fields <@ ${UPDATE_ONLY} OR NOT fields <@ ${KNOWN_KINDS} THEN 'OTHER' END], NULL)
          FROM order_changes WHERE fields <> '{}'
        UNION ALL
        SELECT place, id, amazon_order_id, marketplace_id, order_status, NULL, '{marketplaceId}', '{OTHER}' FROM twins
      ) AS changes
     WHERE ${source} IS NOT NULL
     ORDER BY place, id
  )`;
}
