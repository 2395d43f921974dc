import { randomUUID } from 'node:crypto';

/** The order and the seller in Amazon's example of ORDER_CHANGE (model). */
export const TEST_ORDER_ID = '903-8868176-2219830';
export const TEST_SELLER_ID = 'A3TH9S8BH6GOGM';

/** What sendTestNotification sends: Amazon's example (model), with a NotificationId of its own. */
export function testNotification(subscriptionId: string, now: number): Record<string, unknown> {
  const sentAt = new Date(now).toISOString();
  return {
    NotificationVersion: '1.0',
    NotificationType: 'ORDER_CHANGE',
    PayloadVersion: '1.0',
    EventTime: sentAt,
    Payload: {
      OrderChangeNotification: {
        NotificationLevel: 'OrderLevel',
        SellerId: TEST_SELLER_ID,
        AmazonOrderId: TEST_ORDER_ID,
        OrderChangeType: 'BuyerRequestedChange',
        OrderChangeTrigger: { TimeOfOrderChange: '2022-11-29T19:42:04.284Z', ChangeReason: 'Buyer Requested Cancel' },
        Summary: {
          MarketplaceId: 'ATVPDKIKX0DER',
          OrderStatus: 'Unshipped',
          PurchaseDate: '2022-07-13T19:42:04.284Z',
          DestinationPostalCode: 'POSTCODE-SECRET-TEST',
          FulfillmentType: 'MFN',
          OrderType: 'StandardOrder',
          NumberOfItemsShipped: 0,
          NumberOfItemsUnshipped: 10,
          OrderItems: [
            {
              OrderItemId: 'OIID34853450',
              SellerSKU: 'SellerSKUID1',
              SupplySourceId: null,
              Quantity: 10,
              QuantityShipped: 0,
              IsBuyerRequestedCancel: true,
            },
          ],
        },
      },
    },
    NotificationMetadata: {
      ApplicationId: 'amzn1.sp.solution.simulated-0000-0000-0000',
      SubscriptionId: subscriptionId,
      PublishTime: sentAt,
      NotificationId: randomUUID(),
    },
  };
}
