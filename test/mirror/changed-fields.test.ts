import type { GraphQLObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.js';
import { itemMemberColumns, orderMemberColumns } from '../../src/mirror/write/member-columns.js';
import { fieldsOfKind, itemFields, orderFields } from '../../src/mirror/write/order-changes.js';

const schema = createSchema();
const fieldsOf = (type: string, without: readonly string[]) =>
  Object.keys((schema.getType(type) as GraphQLObjectType).getFields()).filter((name) => !without.includes(name));

it('compares every field of an order and of an item', () => {
  // The payload is compared apart; a rejected version is no value of the order.
  const ofOrder = ['id', 'amazonOrderId', 'items', 'rejectedVersion', 'rawPayload', 'changes'];
  expect(Object.keys(orderFields)).toEqual(expect.arrayContaining(fieldsOf('AmazonOrder', ofOrder)));
  expect(Object.keys(orderFields)).toHaveLength(fieldsOf('AmazonOrder', ofOrder).length);
  const ofItem = ['id', 'orderItemId', 'amazonOrderId', 'marketplaceId', 'rawPayload'];
  expect(Object.keys(itemFields).sort()).toEqual(fieldsOf('AmazonOrderItem', ofItem).sort());
});

it('compares every column of a member', () => {
  const columnsOf = (fields: typeof orderFields) =>
    Object.values(fields).flatMap(({ columns = [], money = [] }) => [...columns, ...money]);
  expect(columnsOf(orderFields)).toEqual(expect.arrayContaining(Object.keys(orderMemberColumns)));
  expect(columnsOf(itemFields)).toEqual(expect.arrayContaining(Object.keys(itemMemberColumns)));
});

it('gives a kind to fields that exist', () => {
  const names = [...Object.keys(orderFields), 'items', ...Object.keys(itemFields).map((name) => `items.${name}`)];
  expect(names).toEqual(expect.arrayContaining(Object.values(fieldsOfKind).flat()));
});
