// The floor of read and start on PostgreSQL: a bare HTTP server that returns the first page of orders by one flat join.
//   node bench/read/bare-server.js postgresql://…
import { createServer } from 'node:http';
import pg from 'pg';

const ORDERS = 50;
/** One row per item, with its order's columns. */
const FLAT_JOIN = `
  SELECT o.id::text, i.order_item_id, i.seller_sku, i.asin, i.title, i.quantity_ordered, i.item_price_amount, i.item_price_currency,
         o.amazon_order_id, o.marketplace_id, o.purchase_date, o.last_update_date, o.order_status, o.fulfilled_by,
         o.order_total_amount, o.order_total_currency
    FROM (SELECT * FROM amazon_order ORDER BY purchase_date DESC, id DESC LIMIT ${ORDERS + 1}) AS o
    LEFT JOIN amazon_order_item AS i ON i.order_id = o.id
   ORDER BY o.purchase_date DESC, o.id DESC, i.order_item_id`;

const money = (amount, currencyCode) => (amount === null ? null : { amount, currencyCode });
const pool = new pg.Pool({ connectionString: process.argv[2], max: 10 });
// `start` measures until a first statement is possible.
await pool.query('SELECT 1');
const server = createServer(async (request, response) => {
  request.resume();
  // The name makes it a prepared statement.
  const { rows } = await pool.query({ name: 'page', text: FLAT_JOIN, rowMode: 'array' });
  const body = JSON.stringify({ data: { orders: pageOf(rows) } });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listens on http://127.0.0.1:${port}`);
});
process.once('SIGTERM', () => process.exit(0));

function pageOf(rows) {
  const orders = new Map();
  for (const [id, orderItemId, sellerSku, asin, title, quantityOrdered, price, itemCurrency, ...order] of rows) {
    if (!orders.has(id)) {
      const [amazonOrderId, marketplaceId, purchaseDate, lastUpdateDate, orderStatus, fulfilledBy, ...total] = order;
      const node = { amazonOrderId, marketplaceId, purchaseDate, lastUpdateDate, orderStatus, fulfilledBy };
      orders.set(id, { node: { ...node, orderTotal: money(...total), items: [] } });
    }
    const item = { orderItemId, sellerSku, asin, title, quantityOrdered, itemPrice: money(price, itemCurrency) };
    if (orderItemId) orders.get(id).node.items.push(item);
  }
  const edges = [...orders.values()].slice(0, ORDERS);
  const end = [edges.at(-1)?.node.purchaseDate, [...orders.keys()][edges.length - 1]];
  const endCursor = Buffer.from(JSON.stringify(end)).toString('base64url');
  return { edges, pageInfo: { hasNextPage: orders.size > ORDERS, endCursor } };
}
