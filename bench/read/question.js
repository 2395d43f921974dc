/**
 * What is asked: a page of 50 orders with their items, the newest first.
 * @param {{ totalCount?: boolean }} [options]
 */
export function question({ totalCount = false } = {}) {
  return `query Page($after: String) {
    orders(first: 50, after: $after) {
      ${totalCount ? 'totalCount' : ''}
      edges { node {
        amazonOrderId marketplaceId purchaseDate lastUpdateDate orderStatus fulfilledBy orderTotal { amount currencyCode }
        items { orderItemId sellerSku asin title quantityOrdered itemPrice { amount currencyCode } }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }`;
}

/** Only the way to the next page. */
export const NEXT_PAGE = `query Next($after: String) { orders(first: 50, after: $after) { pageInfo { endCursor } } }`;
