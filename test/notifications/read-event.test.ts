import { describe, expect, it } from 'vitest';
import { readMessage } from '../../src/notifications/read-event.js';

const SENT_AT = new Date('2026-11-29T10:00:00.500Z');

/** The example of Amazon's schema, shortened. */
const example = {
  NotificationVersion: '1.0',
  NotificationType: 'ORDER_CHANGE',
  PayloadVersion: '1.0',
  EventTime: '2026-11-29T10:00:00.109Z',
  Payload: {
    OrderChangeNotification: {
      NotificationLevel: 'OrderLevel',
      SellerId: 'A3TH9S8BH6GOGM',
      AmazonOrderId: '903-8868176-2219831',
      OrderChangeType: 'OrderStatusChange',
      OrderChangeTrigger: { TimeOfOrderChange: '2026-11-29T09:59:58.284Z', ChangeReason: 'Shipped' },
      Summary: { MarketplaceId: 'ATVPDKIKX0DER', OrderStatus: 'Shipped', DestinationPostalCode: '48110' },
    },
  },
  NotificationMetadata: { NotificationId: 'd0e9e693-c3ad-4373-979f-ed4ec98dd746' },
};
const read = (value: unknown) => readMessage(typeof value === 'string' ? value : JSON.stringify(value), SENT_AT);
const withChange = (change: object) => ({
  ...example,
  Payload: { OrderChangeNotification: { ...example.Payload.OrderChangeNotification, ...change } },
});
const event = {
  notificationId: 'd0e9e693-c3ad-4373-979f-ed4ec98dd746',
  sellerId: 'A3TH9S8BH6GOGM',
  amazonOrderId: '903-8868176-2219831',
  marketplaceId: 'ATVPDKIKX0DER',
  changedAt: new Date('2026-11-29T09:59:58.284Z'),
  sentAt: new Date('2026-11-29T10:00:00.109Z'),
};

describe('a message of the queue', () => {
  it('is read without anything that is personal', () => {
    expect(read(example)).toEqual({ kind: 'ORDER', event });
    expect(JSON.stringify(read(example))).not.toContain('48110');
  });

  it('may have members in camel case', () => {
    const camel = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(
            Object.entries(value).map(([name, inner]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, camel(inner)]),
          )
        : value;
    expect(read(camel(example))).toEqual({ kind: 'ORDER', event });
  });

  it.each([
    ['SNS', { Type: 'Notification', TopicArn: 'arn', Message: JSON.stringify(example) }],
    ['EventBridge', { 'detail-type': 'ORDER_CHANGE', source: 'aws.partner', detail: example }],
    ['SNS within EventBridge', { detail: { Type: 'Notification', Message: JSON.stringify(example) } }],
  ])('may come in the envelope of %s', (_name, envelope) => {
    expect(read(envelope)).toEqual({ kind: 'ORDER', event });
  });

  it.each([
    [
      'no time of the change',
      withChange({ OrderChangeTrigger: { TimeOfOrderChange: null, ChangeReason: 'x' } }),
      { changedAt: null },
    ],
    ['no trigger', withChange({ OrderChangeTrigger: null }), { changedAt: null }],
    ['no summary', withChange({ Summary: null }), { marketplaceId: null }],
    ['no seller', withChange({ SellerId: null }), { sellerId: null }],
    ['no metadata', { ...example, NotificationMetadata: null }, { notificationId: null }],
    ['no EventTime', { ...example, EventTime: null }, { sentAt: SENT_AT }],
    ['a time that is none', { ...example, EventTime: '0' }, { sentAt: SENT_AT }],
    [
      'times of the future',
      {
        ...withChange({ OrderChangeTrigger: { TimeOfOrderChange: '2036-01-01T00:00:00Z' } }),
        EventTime: '2036-01-01T00:00:00Z',
      },
      { changedAt: SENT_AT, sentAt: SENT_AT },
    ],
    [
      'the time of publication in its metadata only',
      {
        ...example,
        EventTime: undefined,
        NotificationMetadata: { ...example.NotificationMetadata, PublishTime: '2026-11-29T10:00:00Z' },
      },
      { sentAt: new Date('2026-11-29T10:00:00Z') },
    ],
  ])('may have %s', (_name, message, difference) => {
    expect(read(message)).toEqual({ kind: 'ORDER', event: { ...event, ...difference } });
  });

  it.each([
    ['no JSON', '{"NotificationType": "ORDER_CHANGE"', 'it is no JSON object'],
    ['an array', [], 'it is no JSON object'],
    ['nothing', '', 'it is no JSON object'],
    ['an object of something else', { hello: 'world' }, 'it has no NotificationType'],
    ['a notification without payload', { ...example, Payload: null }, 'it has no Payload.OrderChangeNotification'],
    ['a notification without an order', withChange({ AmazonOrderId: null }), 'it has no AmazonOrderId'],
    ['an id that is none', withChange({ AmazonOrderId: '../x' }), 'it has no AmazonOrderId'],
  ])('that is %s is unreadable', (_name, message, what) => {
    const reason = `The message is no ORDER_CHANGE notification: ${what}.`;
    expect(read(message)).toEqual({ kind: 'UNREADABLE', reason });
  });

  it('of another type is none of ours', () => {
    expect(read({ ...example, NotificationType: 'ANY_OFFER_CHANGED', Payload: {} })).toEqual({ kind: 'OTHER' });
  });

  it('may be a test of the queue', () => {
    expect(read(withChange({ AmazonOrderId: '903-8868176-2219830' }))).toEqual({ kind: 'TEST', testId: 'amazon' });
    expect(read({ NotificationType: 'ORDERMIRROR_TEST', TestId: 'one' })).toEqual({ kind: 'TEST', testId: 'one' });
    expect(read({ NotificationType: 'ORDERMIRROR_TEST' })).toEqual({ kind: 'OTHER' });
  });
});
