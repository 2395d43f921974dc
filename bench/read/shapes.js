// What clients send for orders, in the shapes in which they send it, and what PostGraphile is asked for the same.

const ORDER = 'amazonOrderId marketplaceId purchaseDate lastUpdateDate orderStatus fulfilledBy';
const OURS = `${ORDER} orderTotal { amount currencyCode }
  items { orderItemId sellerSku asin title quantityOrdered itemPrice { amount currencyCode } }`;
const THEIRS = `${ORDER} orderTotalAmount orderTotalCurrency
  amazonOrderItemsByOrderId(orderBy: [ORDER_ITEM_ID_ASC]) { nodes {
    orderItemId sellerSku asin title quantityOrdered itemPriceAmount itemPriceCurrency } }`;
const PAGE_INFO = 'pageInfo { hasNextPage endCursor }';
const ORDER_ID = '702-0000100-0000001';

/** A page of ours. @param {{ more?: string, node?: string, args?: string }} [parts] */
export const ours = ({ more = '', node = OURS, args = '' } = {}) =>
  `orders(first: 50, after: $after ${args}) { ${more} edges { node { ${node} } } ${PAGE_INFO} }`;
/** PostGraphile's. @param {{ more?: string, node?: string, sort?: string }} [parts] */
export const theirs = ({ more = '', node = THEIRS, sort = 'PURCHASE_DATE_DESC' } = {}) =>
  `allAmazonOrders(first: 50, after: $after, orderBy: [${sort}, PRIMARY_KEY_DESC]) {
    ${more} edges { node { ${node} } } ${PAGE_INFO} }`;
const included = (/** @type {string} */ node) => node.replace('fulfilledBy', 'fulfilledBy @include(if: true)');

/**
 * @typedef {object} Shape
 * @property {string} name
 * @property {string} ours
 * @property {string} theirs
 * @property {'page' | 'two pages' | 'one order'} rows how many orders it asks for
 * @property {boolean} [overWebSocket]
 */

/**
 * @param {string} id our global id of an order
 * @param {string} peerId the row's id
 * @returns {readonly Shape[]} the plainest first
 */
export function shapesOf(id, peerId) {
  const page = (/** @type {string} */ body) => `query Page($after: String) { ${body} }`;
  const peer = (/** @type {string} */ body) => `query Page($after: Cursor) { ${body} }`;
  const one = `one: order(amazonOrderId: "${ORDER_ID}") { ${OURS} }`;
  const row = `one: amazonOrderByRowId(rowId: "${peerId}") { ${THEIRS} }`;
  return [
    { name: 'orders alone', rows: 'page', ours: page(ours()), theirs: peer(theirs()) },
    {
      name: 'with another root field',
      rows: 'page',
      ours: page(`me { email } ${ours()}`),
      theirs: peer(`allMarketplaces(first: 1) { nodes { name } } ${theirs()}`),
    },
    {
      name: 'with a directive',
      rows: 'page',
      ours: page(ours({ node: included(OURS) })),
      theirs: peer(theirs({ node: included(THEIRS) })),
    },
    {
      name: 'with fragments',
      rows: 'page',
      ours: `${page(ours({ node: '...Row' }))} fragment Row on AmazonOrder { ${OURS} }`,
      theirs: `${peer(theirs({ node: '...Row' }))} fragment Row on AmazonOrder { ${THEIRS} }`,
    },
    { name: 'over WebSocket', rows: 'page', ours: page(ours()), theirs: peer(theirs()), overWebSocket: true },
    {
      name: 'with totalCount',
      rows: 'page',
      ours: page(ours({ more: 'totalCount' })),
      theirs: peer(theirs({ more: 'totalCount' })),
    },
    {
      name: 'two aliased lists',
      rows: 'two pages',
      ours: page(`a: ${ours()} b: ${ours({ args: 'orderBy: { field: LAST_UPDATE_DATE }' })}`),
      theirs: peer(`a: ${theirs()} b: ${theirs({ sort: 'LAST_UPDATE_DATE_DESC' })}`),
    },
    { name: 'an order by its id', rows: 'one order', ours: `{ ${one} }`, theirs: `{ ${row} }` },
    {
      name: 'node',
      rows: 'one order',
      ours: `{ one: node(id: "${id}") { ... on AmazonOrder { ${OURS} } } }`,
      theirs: `{ ${row} }`,
    },
  ];
}
