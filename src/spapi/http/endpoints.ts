/** Amazon's selling regions. A refresh token is valid in one of them only. */
export type Region = 'NA' | 'EU' | 'FE';

/** Login with Amazon, the same host for all regions (docs: "Connect to the SP-API"). */
export const LWA_ENDPOINT = 'https://api.amazon.com';

/** Production hosts of the Selling Partner API (docs: "SP-API Endpoints"). */
export const SP_API_ENDPOINTS: Readonly<Record<Region, string>> = {
  NA: 'https://sellingpartnerapi-na.amazon.com',
  EU: 'https://sellingpartnerapi-eu.amazon.com',
  FE: 'https://sellingpartnerapi-fe.amazon.com',
};

/** The operations of the Selling Partner API that this client calls, by Amazon's names. */
export type Operation =
  | 'searchOrders'
  | 'getOrder'
  | 'getMarketplaceParticipations'
  | 'createReport'
  | 'getReport'
  | 'getReportDocument'
  | 'getDestinations'
  | 'createDestination'
  | 'deleteDestination'
  | 'getSubscription'
  | 'createSubscription'
  | 'deleteSubscriptionById'
  | 'sendTestNotification';

/** These, the token endpoint of Login with Amazon, and the download of a report from Amazon's storage. */
export type AnyOperation = Operation | 'token' | 'downloadReport';
