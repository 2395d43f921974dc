// Query shapes for orders, and the PostGraphile queries for the same rows and fields.
import { orderIdOf } from './seed.js';

const ORDER = 'amazonOrderId marketplaceId purchaseDate lastUpdateDate orderStatus fulfilledBy';
const OURS = `${ORDER} orderTotal { amount currencyCode }
  items { orderItemId sellerSku asin title quantityOrdered itemPrice { amount currencyCode } }`;
const THEIRS = `${ORDER} orderTotalAmount orderTotalCurrency
  amazonOrderItemsByOrderId(orderBy: [ORDER_ITEM_ID_ASC]) { nodes {
    orderItemId sellerSku asin title quantityOrdered itemPriceAmount itemPriceCurrency } }`;
const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
const inUs = 'marketplaceIds: ["ATVPDKIKX0DER"]';
const cancelledInUs = 'orderStatus: "CANCELLED", marketplaceId: "ATVPDKIKX0DER"';
const YEAR = 'from: "2025-11-01", to: "2026-10-31"';

const orders = ({ more = '', node = OURS, args = '' } = {}) =>
  `orders(first: 50, after: $after ${args}) { ${more} edges { node { ${node} } } ${PAGE_INFO} }`;
const allOrders = ({ more = '', node = THEIRS, args = '', sort = 'PURCHASE_DATE_DESC' } = {}) =>
  `allAmazonOrders(first: 50, after: $after, orderBy: [${sort}, PRIMARY_KEY_DESC] ${args}) {
    ${more} edges { node { ${node} } } ${PAGE_INFO} }`;
const included = (node) => node.replace('fulfilledBy', 'fulfilledBy @include(if: true)');
const filtered = (filter) => orders({ args: `filter: { ${filter} }` });
const conditioned = (condition) => allOrders({ args: `condition: { ${condition} }` });

/** `theirs`: null if PostGraphile has no equivalent. `row`: a fragment's name and type. */
function shape(name, ours, theirs, row = '') {
  const operation = (body, cursor, fields) =>
    `query ${body.includes('$after') ? `($after: ${cursor})` : ''} { ${body} } ${row && `fragment ${row} { ${fields} }`}`;
  return { name, ours: operation(ours, 'String', OURS), theirs: theirs && operation(theirs, 'Cursor', THEIRS) };
}

/**
 * Returns all shapes, the plainest first.
 * @param {{ amazonOrderId: string, id: string }} order an existing order
 * @param {{ rowId: string, id: string } | undefined} peerOrder the same order by PostGraphile's ids
 * @param {string} deepPage the name of the shape that starts far down the list
 */
export function shapesOf({ amazonOrderId, id }, peerOrder, deepPage) {
  const twoSorts = `a: ${orders()} b: ${orders({ args: 'orderBy: { field: LAST_UPDATE_DATE }' })}`;
  const byRowId = `amazonOrderByRowId(rowId: "${peerOrder?.rowId}")`;
  const on = '... on AmazonOrder';
  return [
    shape('orders alone', orders(), allOrders()),
    shape(
      'with another root field',
      `me { email } ${orders()}`,
      `allMarketplaces(first: 1) { nodes { name } } ${allOrders()}`,
    ),
    shape('with a directive', orders({ node: included(OURS) }), allOrders({ node: included(THEIRS) })),
    shape('with fragments', orders({ node: '...Row' }), allOrders({ node: '...Row' }), 'Row on AmazonOrder'),
    shape('over WebSocket', orders(), allOrders()),
    shape('with totalCount', orders({ more: 'totalCount' }), allOrders({ more: 'totalCount' })),
    shape('two aliased lists', twoSorts, `a: ${allOrders()} b: ${allOrders({ sort: 'LAST_UPDATE_DATE_DESC' })}`),
    shape('an order by its id', `order(amazonOrderId: "${amazonOrderId}") { ${OURS} }`, `${byRowId} { ${THEIRS} }`),
    shape('node', `node(id: "${id}") { ${on} { ${OURS} } }`, `node(id: "${peerOrder?.id}") { ${on} { ${THEIRS} } }`),
    shape(deepPage, orders(), allOrders()),
    shape('of one status', filtered('statuses: ["SHIPPED"]'), conditioned('orderStatus: "SHIPPED"')),
    shape('of a status and a marketplace', filtered(`statuses: ["CANCELLED"], ${inUs}`), conditioned(cancelledInUs)),
    shape('of two rare statuses', filtered('statuses: ["UNFULFILLABLE", "PENDING"]'), null),
    shape('search for an order id', filtered(`search: "${orderIdOf(1_234).slice(0, 11)}"`), null),
    shape('search for a SKU', filtered('search: "sku-1234"'), null),
    shape('salesByDay over a year', `salesByDay(${YEAR}) { date currencyCode orders units revenue }`, null),
  ];
}
