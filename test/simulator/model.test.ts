import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { MARKETPLACES } from '../../src/simulator/api/marketplaces.js';
import { ALL_DATA, clientOf, EVERYTHING, simulate } from './ask.js';
import {
  type DestinationAnswer,
  eventsIn,
  notificationsClientOf,
  type SubscriptionAnswer,
} from './ask-notifications.js';
import { lastMonth, reportsClientOf } from './ask-reports.js';
import { complaints, type Model, membersOf, modelMembers, type Schema } from './swagger.js';

const MODELS = fileURLToPath(new URL('../../../shared/models/', import.meta.url));
const isThere = [
  'orders_2026-01-01.json',
  'sellers.json',
  'reports_2021-06-30.json',
  'notifications.json',
  'OrderChangeNotification.json',
].every((name) => existsSync(`${MODELS}${name}`));

const model = (name: string): Model => JSON.parse(readFileSync(`${MODELS}${name}`, 'utf8')) as Model;
const ref = (name: string) => ({ $ref: `#/definitions/${name}` });
const isGrowth = (line: string) => line.endsWith('.futureField: unknown');

describe("answers against Amazon's model", () => {
  beforeEach(({ skip }) => skip(!isThere, `Amazon's model is not at ${MODELS}`));

  it('searchOrders: all orders of all marketplaces, all data', async () => {
    const simulator = await simulate({
      orders: 600,
      unknownWords: false,
      marketplaceIds: MARKETPLACES.map(({ id }) => id),
    });
    const client = await clientOf(simulator);
    const orders = model('orders_2026-01-01.json');
    let paginationToken: string | undefined;
    let checked = 0;
    do {
      const query = { ...EVERYTHING, includedData: ALL_DATA, ...(paginationToken && { paginationToken }) };
      const page = await client.search(query);
      const found = complaints(orders, ref('SearchOrdersResponse'), page);
      expect(found.filter((line) => !isGrowth(line))).toEqual([]);
      checked += page.orders.length;
      paginationToken = page.pagination?.nextToken;
    } while (paginationToken !== undefined);
    expect(checked).toBe(600);
  });

  it('some orders of a hundred have each member of the model', async () => {
    const client = await clientOf(await simulate({ orders: 100, settled: true, updatedWithinDays: 29 }));
    const page = await client.search({ ...EVERYTHING, includedData: ALL_DATA });
    const sent = new Set(page.orders.flatMap((order) => membersOf(order)));
    const known = modelMembers(model('orders_2026-01-01.json'), ref('Order'));
    expect(known.length).toBeGreaterThan(150);
    // model: never sent.
    const absent = ['$.fulfillment.labelPrintingWindow.latestDateTime'];
    expect(known.filter((member) => !sent.has(member))).toEqual(absent);
  });

  it('searchOrders: of the unknown values the model forbids the status only', async () => {
    const client = await clientOf(await simulate({ orders: 100 }));
    const page = await client.search({ ...EVERYTHING, includedData: ALL_DATA });
    const found = complaints(model('orders_2026-01-01.json'), ref('SearchOrdersResponse'), page);
    const strange = found.filter((line) => !isGrowth(line));
    expect(strange).toHaveLength(1);
    expect(strange[0]).toMatch(/fulfillmentStatus: INVOICE_UNCONFIRMED is not in the enum/);
  });

  it('getOrder, errors and participations', async () => {
    const simulator = await simulate({ orders: 1 });
    const client = await clientOf(simulator);
    const orders = model('orders_2026-01-01.json');
    const [order] = simulator.book.orders();
    const one = await (await client.getOrder(order?.orderId ?? '', { includedData: ALL_DATA })).json();
    expect(complaints(orders, ref('GetOrderResponse'), one)).toEqual([]);
    const none = await (await client.getOrder('111-1111111-1111111')).json();
    expect(complaints(orders, ref('ErrorList'), none)).toEqual([]);
    const rows = await (await client.get('/sellers/v1/marketplaceParticipations')).json();
    expect(complaints(model('sellers.json'), ref('GetMarketplaceParticipationsResponse'), rows)).toEqual([]);
  });

  it('createReport, getReport in each status, getReportDocument and errors', async () => {
    const simulator = await simulate();
    const client = await reportsClientOf(simulator);
    const reports = model('reports_2021-06-30.json');
    const created = await (await client.createRaw(lastMonth(simulator))).json();
    expect(complaints(reports, ref('CreateReportResponse'), created)).toEqual([]);
    const { reportId } = created as { reportId: string };
    simulator.reports.add({ on: { from: 1 }, fault: { kind: 'fatal' } });
    simulator.reports.add({ on: { from: 2 }, fault: { kind: 'cancelled' } });
    const ids = [reportId, await client.create(), await client.create()];
    const seen: string[] = [];
    for (const seconds of [0, 5, 10]) {
      simulator.advance(seconds * 1000);
      for (const id of ids) {
        const report = await client.get(id);
        expect(complaints(reports, ref('Report'), report)).toEqual([]);
        seen.push(report.processingStatus);
      }
    }
    expect([...new Set(seen)]).toEqual(['IN_QUEUE', 'IN_PROGRESS', 'DONE', 'FATAL', 'CANCELLED']);
    const document = await client.document((await client.get(reportId)).reportDocumentId);
    expect(complaints(reports, ref('ReportDocument'), document)).toEqual([]);
    const errors = [client.createRaw([]), client.getRaw('1'), client.documentRaw('1')];
    for (const error of await Promise.all(errors))
      expect(complaints(reports, ref('ErrorList'), await error.json())).toEqual([]);
  });

  it('the Notifications API: all operations and errors', async () => {
    const simulator = await simulate({ notifications: { filters: 'any' } });
    const { ask, grantless, createDestination, createSubscription } = await notificationsClientOf(simulator);
    const notifications = model('notifications.json');
    const check = async (name: string, answer: Promise<Response>): Promise<unknown> => {
      const body = await (await answer).json();
      const found = complaints(notifications, ref(name), body);
      // Seen in the field.
      expect(found.filter((line) => !/\.eventBridge: not an object/.test(line))).toEqual([]);
      return (body as { payload?: unknown }).payload;
    };
    const { destinationId } = (await check('CreateDestinationResponse', createDestination())) as DestinationAnswer;
    await check('GetDestinationsResponse', ask('GET', '/destinations', undefined, grantless));
    await check('GetDestinationResponse', ask('GET', `/destinations/${destinationId}`, undefined, grantless));
    const eventFilter = {
      eventFilterType: 'ORDER_CHANGE',
      marketplaceIds: ['ATVPDKIKX0DER'],
      orderChangeTypes: ['OrderStatusChange'],
    };
    const body = { payloadVersion: '1.0', destinationId, processingDirective: { eventFilter } };
    const created = await check('CreateSubscriptionResponse', createSubscription(body));
    expect(created).toMatchObject({ processingDirective: { eventFilter } });
    await check('GetSubscriptionResponse', ask('GET', '/subscriptions/ORDER_CHANGE'));
    await check('GetSubscriptionsResponse', ask('GET', '/subscriptions?notificationTypes=ORDER_CHANGE'));
    const path = `/subscriptions/ORDER_CHANGE/${(created as SubscriptionAnswer).subscriptionId}`;
    await check('GetSubscriptionByIdResponse', ask('GET', path, undefined, grantless));
    const errors = [createDestination(), createSubscription(body), ask('GET', '/destinations')];
    for (const error of await Promise.all(errors)) {
      const { errors: list } = (await error.json()) as { errors: unknown };
      expect(complaints(notifications, ref('ErrorList'), list)).toEqual([]);
    }
    const test = { destinationId, testNotification: { payloadVersion: '1.0', testScenario: 'any' } };
    const tested = ask('POST', '/subscriptions/ORDER_CHANGE/testNotification', test, grantless);
    await check('SendTestNotificationResponse', tested);
    await check('DeleteSubscriptionByIdResponse', ask('DELETE', path, undefined, grantless));
    await check('DeleteDestinationResponse', ask('DELETE', `/destinations/${destinationId}`, undefined, grantless));
  });

  it('ORDER_CHANGE events: of all orders, with and without the members that may be null, and the test', async () => {
    const simulator = await simulate({ orders: 300, settled: true, marketplaceIds: MARKETPLACES.map(({ id }) => id) });
    const { destination } = simulator.notifications.subscribe();
    const ids = simulator.book
      .orders()
      .flatMap(({ orderId, salesChannel }) => (salesChannel.marketplaceId ? orderId : []));
    for (const id of ids) simulator.notifications.publish(id);
    simulator.notifications.add({ fault: { kind: 'nulls' } });
    for (const id of ids) simulator.notifications.publish(id, 'BuyerRequestedChange');
    const { ask, grantless } = await notificationsClientOf(simulator);
    const { destinationId } = destination;
    const test = { destinationId, testNotification: { payloadVersion: '1.0', testScenario: 'any' } };
    expect((await ask('POST', '/subscriptions/ORDER_CHANGE/testNotification', test, grantless)).status).toBe(200);
    const schema = JSON.parse(readFileSync(`${MODELS}OrderChangeNotification.json`, 'utf8')) as Schema;
    const events = eventsIn(simulator);
    expect(events).toHaveLength(2 * ids.length + 1);
    const found = events.flatMap((event) => complaints({ definitions: {} }, schema, event));
    expect(found.filter((line) => !line.endsWith('.OrderStatus: InvoiceUnconfirmed is not in the enum'))).toEqual([]);
    const sent = new Set(events.flatMap((event) => membersOf(event)));
    // Of what these orders never have.
    const absent = ['CancelNotifyDate'].map((name) => `$.Payload.OrderChangeNotification.Summary.${name}`);
    expect(modelMembers({ definitions: {} }, schema).filter((member) => !sent.has(member))).toEqual(absent);
  });

  it('the checker finds errors', () => {
    const orders = model('orders_2026-01-01.json');
    const wrong = { orders: [{ orderId: 7, createdTime: 'yesterday', lastUpdatedTime: '', orderItems: {} }] };
    expect(complaints(orders, ref('SearchOrdersResponse'), wrong)).toEqual([
      '$.orders[0].salesChannel: missing',
      '$.orders[0].orderId: not a string',
      '$.orders[0].createdTime: not a date-time',
      '$.orders[0].lastUpdatedTime: not a date-time',
      '$.orders[0].orderItems: not an array',
    ]);
  });
});
