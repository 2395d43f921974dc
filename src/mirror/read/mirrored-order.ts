import { LRUCache } from 'lru-cache';
import {
  bigintColumn,
  decimalColumn,
  type Instant,
  instantColumn,
  type JsonColumn,
  type JsonColumns,
  type JsonRows,
  jsonRows,
  nullableInstantColumn,
} from '../../database/json-rows.js';
import type { OrderPackage } from '../../spapi/orders/packages.js';

/** An order as the API reads it, without its payload. Amounts are exact decimals as text. */
export interface MirroredOrder extends Record<OrderText, string | null>, Record<OrderInstant, Instant | null> {
  readonly id: bigint;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly purchaseDate: Instant;
  readonly lastUpdateDate: Instant;
  readonly orderStatus: string;
  readonly channelName: string;
  /** API or REPORT. */
  readonly source: string;
  readonly orderTotalAmount: string | null;
  readonly programs: readonly string[] | null;
  readonly packages: readonly StoredPackage[] | null;
  /** Null if there are none. */
  readonly notes: readonly string[] | null;
  /** Sorted by Amazon's item id; null if the statement did not read them. */
  readonly items: readonly MirroredItem[] | null;
}

/** A package in the JSON of its column. */
export interface StoredPackage extends Omit<OrderPackage, 'createdTime' | 'shipTime'> {
  readonly createdTime: Instant | null;
  readonly shipTime: Instant | null;
}

/** An item of an order, without its payload. */
export interface MirroredItem
  extends Record<ItemText | ItemDecimal, string | null>,
    Record<ItemInstant, Instant | null>,
    Record<ItemList, readonly string[] | null> {
  readonly id: bigint;
  readonly orderItemId: string;
  readonly amazonOrderId: string;
  readonly marketplaceId: string;
  readonly quantityOrdered: number;
  readonly quantityFulfilled: number | null;
  readonly quantityUnfulfilled: number | null;
  readonly pointsGranted: number | null;
}

type OrderText = (typeof orderTexts)[number];
type OrderInstant = (typeof orderInstants)[number];
type ItemText = (typeof itemTexts)[number];
type ItemDecimal = (typeof itemDecimals)[number];
type ItemInstant = (typeof itemInstants)[number];
type ItemList = (typeof itemLists)[number];

const orderTexts = [
  'fulfilledBy',
  'orderTotalCurrency',
  'sellerOrderId',
  'marketplaceName',
  'fulfillmentServiceLevel',
  'buyerInvoicePreference',
  'invoiceStatus',
] as const;
const orderInstants = [
  'shipByEarliest',
  'shipByLatest',
  'deliverByEarliest',
  'deliverByLatest',
  'labelPrintingEarliest',
  'labelPrintingLatest',
] as const;
const itemTexts = [
  'sellerSku',
  'asin',
  'title',
  'itemPriceCurrency',
  'unitPriceCurrency',
  'priceDesignation',
  'proceedsCurrency',
  'pointsValueCurrency',
  'conditionType',
  'conditionSubtype',
  'conditionNote',
  'serialNumberRequirement',
  'measurementUnit',
  'cancellationRequester',
  'cancelledBy',
  'substitutionType',
  'giftWrapLevel',
  'palletDelivery',
  'cashOnDelivery',
  'signatureConfirmation',
  'recipientIdentityVerification',
  'recipientAgeVerification',
  'iossNumber',
] as const;
const itemDecimals = [
  'itemPriceAmount',
  'unitPriceAmount',
  'proceedsTotalAmount',
  'taxAmount',
  'itemTaxAmount',
  'shippingPriceAmount',
  'shippingTaxAmount',
  'giftWrapPriceAmount',
  'giftWrapTaxAmount',
  'discountAmount',
  'itemDiscountAmount',
  'shippingDiscountAmount',
  'codFeeAmount',
  'pointsValueAmount',
  'measurementValue',
] as const;
const itemInstants = ['scheduledDeliveryEarliest', 'scheduledDeliveryLatest'] as const;
const itemLists = ['programs', 'promotionIds', 'serialNumbers', 'taxReportingSchemes'] as const;

/** Returns a column for each member, named as the member in snake_case. */
function columnsOf<Member extends string, Value>(
  alias: string,
  members: readonly Member[],
  column: (sql: string) => JsonColumn<Value>,
): Record<Member, JsonColumn<Value>> {
  const snakeCase = (member: string) => member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(members.map((member) => [member, column(`${alias}.${snakeCase(member)}`)])) as Record<
    Member,
    JsonColumn<Value>
  >;
}

const json = <Value>(sql: string): JsonColumn<Value> => ({ sql });

const orderColumns: JsonColumns<Omit<MirroredOrder, 'items'>> = {
  id: bigintColumn('o.id'),
  amazonOrderId: { sql: 'o.amazon_order_id' },
  marketplaceId: { sql: 'o.marketplace_id' },
  purchaseDate: instantColumn('o.purchase_date'),
  lastUpdateDate: instantColumn('o.last_update_date'),
  orderStatus: { sql: 'o.order_status' },
  channelName: { sql: 'o.channel_name' },
  source: { sql: 'o.source' },
  orderTotalAmount: decimalColumn('o.order_total_amount'),
  ...columnsOf('o', orderTexts, json<string | null>),
  ...columnsOf('o', orderInstants, nullableInstantColumn),
  programs: { sql: 'o.programs' },
  packages: { sql: 'o.packages' },
  notes: { sql: 'o.notes' },
};

const itemColumns: JsonColumns<Omit<MirroredItem, 'amazonOrderId' | 'marketplaceId'>> = {
  id: bigintColumn('i.id'),
  orderItemId: { sql: 'i.order_item_id' },
  quantityOrdered: { sql: 'i.quantity_ordered' },
  quantityFulfilled: { sql: 'i.quantity_fulfilled' },
  quantityUnfulfilled: { sql: 'i.quantity_unfulfilled' },
  pointsGranted: { sql: 'i.points_granted' },
  ...columnsOf('i', itemTexts, json<string | null>),
  ...columnsOf('i', itemDecimals, decimalColumn),
  ...columnsOf('i', itemInstants, nullableInstantColumn),
  ...columnsOf('i', itemLists, json<readonly string[] | null>),
};

/** Selected from `amazon_order_item AS i`. */
export const itemRows = jsonRows<MirroredItem>({
  ...itemColumns,
  amazonOrderId: { sql: 'i.amazon_order_id' },
  marketplaceId: { sql: 'i.marketplace_id' },
});

/** Members that a statement reads besides the ids and dates of an order and the ids of an item. */
export interface SelectedMembers {
  readonly order: ReadonlySet<string>;
  /** Null: no items. */
  readonly items: ReadonlySet<string> | null;
}

export const ALL_MEMBERS: SelectedMembers = {
  order: new Set(Object.keys(orderColumns)),
  items: new Set(Object.keys(itemColumns)),
};

const ALWAYS_READ = ['id', 'amazonOrderId', 'marketplaceId', 'purchaseDate', 'lastUpdateDate', 'orderItemId', 'items'];

const knownRows = new LRUCache<string, JsonRows<MirroredOrder>>({ max: 1_000 });

/** Returns rows of `amazon_order AS o` with the selected members. */
export function orderRows({ order, items }: SelectedMembers): JsonRows<MirroredOrder> {
  const isReadOfOrder = (member: string) => ALWAYS_READ.includes(member) || order.has(member);
  const isReadOfItem = (member: string) => ALWAYS_READ.includes(member) || items?.has(member) === true;
  const key = [
    ...Object.keys(orderColumns).filter(isReadOfOrder),
    ...(items ? ['items', ...Object.keys(itemColumns).filter(isReadOfItem)] : []),
  ].join();
  const known = knownRows.get(key);
  if (known) return known;
  const itemsColumn = items ? itemsOf(isReadOfItem) : { sql: 'NULL' };
  const rows = jsonRows<MirroredOrder>({ ...orderColumns, items: itemsColumn }, isReadOfOrder);
  knownRows.set(key, rows);
  return rows;
}

function itemsOf(isRead: (member: string) => boolean): JsonColumn<readonly MirroredItem[]> {
  // The order's ids are not repeated for each item.
  const rows = jsonRows(itemColumns, isRead);
  return {
    sql: `(SELECT json_agg(${rows.sql} ORDER BY i.order_item_id, i.id) FROM amazon_order_item AS i WHERE i.order_id = o.id)`,
    read: (items: readonly (readonly unknown[])[] | null, { amazonOrderId, marketplaceId }: MirroredOrder) =>
      (items ?? []).map((values) => Object.assign(rows.read(values), { amazonOrderId, marketplaceId })),
  };
}
