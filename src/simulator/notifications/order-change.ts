import type { SimulatedItem, SimulatedOrder } from '../orders/order-shape.js';
import { camelCase } from '../reports/vocabulary.js';

/** What an event tells of (model: OrderChangeNotification). */
export type OrderChangeType = 'OrderStatusChange' | 'BuyerRequestedChange' | 'DeliveryTipChange';

export const ORDER_CHANGE_TYPES: readonly OrderChangeType[] = [
  'BuyerRequestedChange',
  'DeliveryTipChange',
  'OrderStatusChange',
];

/** An event before it is made a message. */
export interface OrderChange {
  order: SimulatedOrder;
  type: OrderChangeType;
  /** Milliseconds. */
  changedAt: number;
  sellerId: string;
  subscriptionId: string;
  notificationId: string;
  /** Milliseconds: the instant at which it is sent. */
  publishedAt: number;
}

const APPLICATION_ID = 'amzn1.sp.solution.simulated-0000-0000-0000';
const REASONS: Record<OrderChangeType, string> = {
  OrderStatusChange: 'Order status changed',
  BuyerRequestedChange: 'Buyer Requested Cancel',
  DeliveryTipChange: 'Delivery tip changed',
};

/** The words of Orders v0 for what isn't CamelCase of the newer word (model). */
const STATUSES: Readonly<Record<string, string>> = { CANCELLED: 'Canceled' };
const ORDER_PROGRAMS: Readonly<Record<string, string>> = { PRIME: 'Prime', AMAZON_BUSINESS: 'Business' };

type Json = Record<string, unknown>;

/** Returns what changed from one version to the next, if Amazon sends an event of it: of a price alone it sends none. */
export function changeType(before: SimulatedOrder | undefined, after: SimulatedOrder): OrderChangeType | undefined {
  if (before?.fulfillment?.fulfillmentStatus !== after.fulfillment?.fulfillmentStatus) return 'OrderStatusChange';
  if (before === undefined) return undefined;
  if (!hasCancelRequest(before) && hasCancelRequest(after)) return 'BuyerRequestedChange';
  return tipOf(before) === tipOf(after) ? undefined : 'DeliveryTipChange';
}

function hasCancelRequest(order: SimulatedOrder): boolean {
  return (order.orderItems ?? []).some(isCancelRequested);
}

function isCancelRequested({ cancellation }: SimulatedItem): boolean {
  return (cancellation as { cancellationRequest?: unknown } | undefined)?.cancellationRequest !== undefined;
}

function tipOf(order: SimulatedOrder): string | undefined {
  return order.proceeds?.breakdowns?.find(({ type }) => type === 'TIP')?.subtotal?.amount;
}

/** The notification (model: OrderChangeNotification), with the statuses and programs in the words of Orders v0. */
export function orderChangeJson(change: OrderChange): Json {
  const { order, type, sellerId, subscriptionId, notificationId } = change;
  const publishedAt = iso(change.publishedAt);
  return {
    NotificationVersion: '1.0',
    NotificationType: 'ORDER_CHANGE',
    PayloadVersion: '1.0',
    EventTime: publishedAt,
    Payload: {
      OrderChangeNotification: {
        NotificationLevel: 'OrderLevel',
        SellerId: sellerId,
        AmazonOrderId: order.orderId,
        OrderChangeType: type,
        OrderChangeTrigger: { TimeOfOrderChange: iso(change.changedAt), ChangeReason: REASONS[type] },
        Summary: summary(order),
      },
    },
    NotificationMetadata: {
      ApplicationId: APPLICATION_ID,
      SubscriptionId: subscriptionId,
      PublishTime: publishedAt,
      NotificationId: notificationId,
    },
  };
}

function summary(order: SimulatedOrder): Json {
  const items = order.orderItems ?? [];
  const status = order.fulfillment?.fulfillmentStatus ?? '';
  const byMerchant = order.fulfillment?.fulfilledBy !== 'AMAZON';
  const shipBy = windowOf(order, 'shipByWindow');
  const deliverBy = windowOf(order, 'deliverByWindow');
  const address = (order.recipient as { deliveryAddress?: { postalCode?: string } } | undefined)?.deliveryAddress;
  const easyShip = order.fulfillment?.labelPrintingWindow !== undefined;
  const programs = orderPrograms(order);
  return {
    MarketplaceId: order.salesChannel?.marketplaceId,
    OrderStatus: STATUSES[status] ?? camelCase(status),
    PurchaseDate: order.createdTime,
    DestinationPostalCode: address?.postalCode ?? null,
    FulfillmentType: byMerchant ? 'MFN' : 'AFN',
    OrderType: order.programs?.includes('PREORDER') ? 'Preorder' : 'StandardOrder',
    NumberOfItemsShipped: sum(items, 'quantityFulfilled'),
    NumberOfItemsUnshipped: sum(items, 'quantityUnfulfilled'),
    ...(byMerchant && {
      EarliestDeliveryDate: deliverBy?.earliestDateTime,
      ...(!['PENDING', 'PENDING_AVAILABILITY', 'CANCELLED'].includes(status) && {
        LatestDeliveryDate: deliverBy?.latestDateTime,
      }),
    }),
    EarliestShipDate: shipBy?.earliestDateTime,
    LatestShipDate: shipBy?.latestDateTime,
    ...(programs.length > 0 && { OrderPrograms: programs }),
    ...(easyShip && { ShippingPrograms: ['EasyShip'], EasyShipShipmentStatus: 'PendingPickUp' }),
    ...(order.tax !== undefined && { ElectronicInvoiceStatus: 'Processing' }),
    OrderItems: items.map((item) => itemJson(item, byMerchant, deliverBy)),
  };
}

function itemJson(item: SimulatedItem, byMerchant: boolean, deliverBy: Window | undefined): Json {
  const { quantityFulfilled = 0, quantityUnfulfilled = 0 } = item.fulfillment ?? {};
  return {
    OrderItemId: item.orderItemId,
    SellerSKU: item.product?.sellerSku ?? '',
    SupplySourceId: null,
    ...(quantityFulfilled + quantityUnfulfilled > 0 && {
      OrderItemStatus: quantityUnfulfilled > 0 ? 'Unshipped' : 'Shipped',
    }),
    Quantity: item.quantityOrdered,
    QuantityShipped: quantityFulfilled,
    IsBuyerRequestedCancel: isCancelRequested(item),
    ...(byMerchant && {
      ItemEarliestDeliveryDate: deliverBy?.earliestDateTime,
      ItemLatestDeliveryDate: deliverBy?.latestDateTime,
    }),
  };
}

interface Window {
  earliestDateTime?: string;
  latestDateTime?: string;
}

function windowOf(order: SimulatedOrder, name: string): Window | undefined {
  return order.fulfillment?.[name] as Window | undefined;
}

function orderPrograms({ programs = [], associatedOrders = [] }: SimulatedOrder): string[] {
  const isReplacement = associatedOrders.some(({ associationType }) => associationType === 'REPLACEMENT_ORIGINAL_ID');
  return [...programs.flatMap((program) => ORDER_PROGRAMS[program] ?? []), ...(isReplacement ? ['Replacement'] : [])];
}

function sum(items: readonly SimulatedItem[], name: 'quantityFulfilled' | 'quantityUnfulfilled'): number {
  return items.reduce((total, { fulfillment }) => total + (fulfillment?.[name] ?? 0), 0);
}

/** The notification with null in each member that may be null, and without the optional ones (model). */
export function withNulls(notification: Json): Json {
  const { Payload, ...rest } = structuredClone(notification) as {
    Payload: { OrderChangeNotification: { OrderChangeTrigger: Json; Summary: Json } };
  };
  const { OrderChangeNotification: change } = Payload;
  change.OrderChangeTrigger.TimeOfOrderChange = null;
  const { MarketplaceId, OrderStatus, FulfillmentType, OrderType, OrderItems } = change.Summary;
  const items = (OrderItems as Json[]).map(({ OrderItemId, SellerSKU, Quantity }) => ({
    OrderItemId,
    SellerSKU,
    SupplySourceId: null,
    Quantity,
  }));
  change.Summary = {
    MarketplaceId,
    OrderStatus,
    PurchaseDate: null,
    DestinationPostalCode: null,
    FulfillmentType,
    OrderType,
    OrderItems: items,
  };
  return { ...rest, Payload };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
