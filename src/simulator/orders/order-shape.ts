/** Amazon's order (model: orders_2026-01-01, `Order`), as far as the simulator fills it in. Unknown members are allowed. */
export interface SimulatedOrder {
  orderId: string;
  /** ISO 8601 UTC, with milliseconds. */
  createdTime: string;
  /** ISO 8601 UTC, with milliseconds. */
  lastUpdatedTime: string;
  salesChannel: { channelName: string; marketplaceId?: string; marketplaceName?: string };
  orderItems: SimulatedItem[];
  orderAliases?: { aliasId: string; aliasType: string }[];
  programs?: string[];
  associatedOrders?: { orderId: string; associationType: string }[];
  /** Only with includedData FULFILLMENT. */
  fulfillment?: { fulfillmentStatus: string; fulfilledBy?: string; [member: string]: unknown };
  /** Only with includedData PROCEEDS. */
  proceeds?: { grandTotal?: Money; breakdowns?: ProceedsRow[] };
  [member: string]: unknown;
}

/** One line of an order (model: `OrderItem`). */
export interface SimulatedItem {
  orderItemId: string;
  quantityOrdered: number;
  product: {
    asin?: string;
    title?: string;
    sellerSku?: string;
    price?: { unitPrice?: Money };
    [member: string]: unknown;
  };
  programs?: string[];
  /** Only with includedData PROCEEDS. */
  proceeds?: { proceedsTotal?: Money; breakdowns?: ProceedsRow[] };
  /** Only with includedData FULFILLMENT. */
  fulfillment?: { quantityFulfilled?: number; quantityUnfulfilled?: number; [member: string]: unknown };
  [member: string]: unknown;
}

/** A decimal as text (JPY without decimals) and an ISO 4217 code. */
export interface Money {
  amount: string;
  currencyCode: string;
}

/** One category of proceeds: ITEM, SHIPPING, TAX, DISCOUNT … */
export interface ProceedsRow {
  type: string;
  subtotal: Money;
  detailedBreakdowns?: { subtype: string; value: Money }[];
}

/** Any JSON object that a test stores in the book, valid or not. */
export type RawOrder = Record<string, unknown>;
