/** Names of members of Amazon's answer, by their last part. */
const MEMBERS: Readonly<Record<string, string>> = {
  orderId: 'order ID',
  createdTime: 'purchase date',
  lastUpdatedTime: 'date of the last update',
  salesChannel: 'sales channel',
  fulfillmentStatus: 'status',
  orderItems: 'items',
  orderItemId: 'ID of an item',
  quantityOrdered: 'quantity of an item',
  grandTotal: 'total',
  fulfillment: 'fulfilment',
  product: 'product of an item',
  proceeds: 'amounts',
};

/**
 * Says in words what could not be read: "proceeds.grandTotal.amount: is missing" becomes "The total is missing." A place
 * without a known name keeps Amazon's.
 */
export function reasonInWords(note: string): string {
  const [place = '', ...rest] = note.split(': ');
  const reason = rest.join(': ');
  if (reason === '') return note;
  const part = place
    .split('.')
    .reverse()
    .find((name) => MEMBERS[name]);
  const name = part ? MEMBERS[part] : place;
  return `The ${name} ${reason.replace('an ISO 8601 instant', 'a date with a time')}.`;
}
