import { queuePolicy, readerPolicy } from '../../notifications/queue-policy.js';
import { checkQueueArn } from '../../notifications/set-up.js';
import { type NotificationsState, readState } from '../../notifications/state.js';
import { statusOf, warningsOf } from '../../notifications/status.js';
import type { NotificationsTest } from '../../notifications/test-notification.js';
import type { Builder } from '../builder.js';
import { recordAction } from '../record-action.js';

/** Amazon's notifications of changed orders: their state, and their set-up. */
export function addNotifications(builder: Builder): void {
  const Status = builder.enumType('NotificationsStatus', {
    values: {
      OFF: { description: 'There is no queue (NOTIFICATIONS_QUEUE_URL): scheduled runs find all changes.' },
      READING: { description: 'The queue is read.' },
      FAILING: {
        description: 'The queue, or orders, can not be read for now: see `error`. Messages stay in the queue.',
      },
      STOPPED: { description: 'No process has read the queue for three minutes.' },
    } as const,
  });

  const State = builder.objectRef<NotificationsState>('NotificationsState').implement({
    description: "Amazon's notifications of changed orders, from the owner's queue of Amazon SQS.",
    fields: (t) => ({
      status: t.field({ type: Status, resolve: (state, _args, { clock }) => statusOf(state, clock.now()) }),
      queueUrl: t.exposeString('queueUrl', { nullable: true, description: 'The queue that is read.' }),
      queueArn: t.exposeString('queueArn', { nullable: true }),
      lastPollAt: t.expose('polledAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When the queue was last asked for messages.',
      }),
      listeningSince: t.expose('listeningSince', { type: 'DateTime', nullable: true }),
      queued: t.exposeInt('queued', {
        nullable: true,
        description: 'Messages in the queue, roughly, a minute ago; null if unknown.',
      }),
      deadLetters: t.exposeInt('deadLetters', {
        nullable: true,
        description: 'Messages in the dead-letter queue; null without one, or if this server may not look at it.',
      }),
      deadLetterArn: t.exposeString('deadLetterArn', { nullable: true }),
      subscribedArn: t.exposeString('subscribedArn', {
        nullable: true,
        description: 'The queue that Amazon sends to, by the last `setUpNotifications`.',
      }),
      subscriptionId: t.exposeString('subscriptionId', { nullable: true }),
      subscribedAt: t.expose('subscribedAt', { type: 'DateTime', nullable: true }),
      lastMessageAt: t.expose('lastMessageAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When a message was last received.',
      }),
      lastEventAt: t.expose('lastEventAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When Amazon sent the newest notification.',
      }),
      lastOrderAt: t.expose('lastOrderAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When an order was last written because of a notification.',
      }),
      lagMs: t.float({
        nullable: true,
        description: 'Milliseconds from the change of that order at Amazon to its commit here.',
        resolve: ({ lastLagMs }) => (lastLagMs === null ? null : Number(lastLagMs)),
      }),
      waiting: t.exposeInt('waiting', { description: 'Orders that were notified and wait to be read.' }),
      accepted: t.float({
        description: 'Notifications so far that had an order read.',
        resolve: ({ accepted }) => Number(accepted),
      }),
      duplicates: t.float({
        description: 'Notifications that had been received before.',
        resolve: ({ duplicates }) => Number(duplicates),
      }),
      outdated: t.float({
        description: 'Notifications of changes that the mirror had already.',
        resolve: ({ outdated }) => Number(outdated),
      }),
      ignored: t.float({
        description: 'Messages of another type, seller or marketplace.',
        resolve: ({ ignored }) => Number(ignored),
      }),
      unreadable: t.float({
        description: 'Messages that could not be read; the dead-letter queue gets them.',
        resolve: ({ unreadable }) => Number(unreadable),
      }),
      lastUnreadable: t.exposeString('lastUnreadable', {
        nullable: true,
        description: 'Why the last of them could not.',
      }),
      unresolved: t.float({
        description: 'Notified orders that Amazon did not return after several tries; the next run reads them.',
        resolve: ({ unresolved }) => Number(unresolved),
      }),
      error: t.string({
        nullable: true,
        description: 'Why the queue, or orders, can not be read for now, and what to do next.',
        resolve: ({ queueError, readError }) => queueError ?? readError,
      }),
      errorCode: t.string({
        nullable: true,
        description: 'Code of `error`; docs/troubleshooting.md explains each.',
        resolve: ({ queueErrorCode, readErrorCode }) => queueErrorCode ?? readErrorCode,
      }),
      errorSince: t.field({
        type: 'DateTime',
        nullable: true,
        resolve: ({ queueErrorAt, readErrorAt }) => queueErrorAt ?? readErrorAt,
      }),
      missedChanges: t.exposeInt('missedChanges', {
        nullable: true,
        description: 'Changes of a status that a run found and no notification told of; null before the first run.',
      }),
      missedNewOrders: t.exposeInt('missedNewOrders', {
        nullable: true,
        description: 'The same of new orders. It is not known whether Amazon notifies each.',
      }),
      missedLagMs: t.float({
        nullable: true,
        description: 'Milliseconds from the oldest of these changes to the run.',
        resolve: ({ missedLagMs }) => (missedLagMs === null ? null : Number(missedLagMs)),
      }),
      missedAt: t.expose('missedAt', { type: 'DateTime', nullable: true }),
      warnings: t.stringList({
        description: 'What to look at, each with the next step.',
        resolve: (state, _args, { clock }) => warningsOf(state, clock.now()),
      }),
    }),
  });

  const Policies = builder.objectRef<{ readonly queueArn: string }>('QueuePolicies').implement({
    description: 'Access policies in JSON, to paste in the AWS console.',
    fields: (t) => ({
      queue: t.string({
        description: 'Of the queue: Amazon may send to it.',
        resolve: ({ queueArn }) => queuePolicy(queueArn),
      }),
      reader: t.string({
        description: 'Of the AWS user or role of this server: it may read the queue.',
        resolve: ({ queueArn }) => readerPolicy(queueArn),
      }),
    }),
  });

  const Sender = builder.enumType('NotificationsTestSender', {
    values: {
      AMAZON: { description: 'Amazon sent it: everything works.' },
      SERVER: { description: 'This server put it into the queue: it shows that the queue is read.' },
    } as const,
  });

  const Test = builder.objectRef<NotificationsTest>('NotificationsTest').implement({
    description: 'What became of a test notification.',
    fields: (t) => ({
      ok: t.exposeBoolean('ok', { description: 'Whether it was received.' }),
      sentBy: t.expose('sentBy', { type: Sender, nullable: true }),
      receivedAfterMs: t.exposeInt('receivedAfterMs', { nullable: true }),
      error: t.exposeString('error', { nullable: true, description: 'What is missing, and what to do next.' }),
    }),
  });

  builder.queryFields((t) => ({
    notifications: t.field({
      type: State,
      description: "State of Amazon's notifications of changed orders.",
      resolve: (_root, _args, { database }) => readState(database),
    }),
    queuePolicies: t.field({
      type: Policies,
      description: 'The access policies that a queue and its reader need. Owners only.',
      authScopes: { owner: true },
      args: { queueArn: t.arg.string({ required: true }) },
      resolve: (_root, { queueArn }) => ({ queueArn: checkQueueArn(queueArn) }),
    }),
  }));

  builder.mutationFields((t) => ({
    setUpNotifications: t.field({
      type: State,
      description:
        'Has Amazon send notifications of changed orders to a queue: creates destination and subscription, or finds them. Refusals have a code of docs/troubleshooting.md.',
      args: {
        queueArn: t.arg.string({ required: true }),
        replace: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'Whether a subscription that sends to another queue is ended.',
        }),
      },
      resolve: async (_root, { queueArn, replace }, context) => {
        await context.notifications.setUp(queueArn, replace);
        await recordAction(context, 'setUpNotifications', { queueArn: queueArn.trim(), replace });
        return readState(context.database);
      },
    }),
    removeNotifications: t.field({
      type: State,
      description: 'Ends the subscription at Amazon. The queue and its messages stay.',
      resolve: async (_root, _args, context) => {
        await context.notifications.remove();
        await recordAction(context, 'removeNotifications', {});
        return readState(context.database);
      },
    }),
    sendTestNotification: t.field({
      type: Test,
      description: 'Has a test notification sent to the queue, and waits up to 20 s until it was received.',
      resolve: (_root, _args, { notifications }) => notifications.test(),
    }),
  }));
}
