import { type WebhookDeliveryState, WebhookStatus } from '../../generated/prisma/client.js';
import { countPending } from '../../webhooks/count-pending.js';
import { payloadOf, webhookEvents } from '../../webhooks/events.js';
import type { CreatedWebhook } from '../../webhooks/webhooks.js';
import { sessionOf } from '../access.js';
import type { Builder } from '../builder.js';
import { paginateById, rowQuery } from '../pagination/paginate-by-id.js';

const PEOPLE = 'Owners only, not with an API key.';
const EVENTS = `One or more of ${webhookEvents.map((event) => `\`${event}\``).join(', ')}.`;

/** Webhooks: their list and deliveries, and the mutations that manage them. */
export function addWebhooks(builder: Builder): void {
  const Status = builder.enumType('WebhookStatus', { values: Object.values(WebhookStatus) });
  const State = builder.enumType('WebhookDeliveryState', {
    values: {
      PENDING: { description: 'It will be sent, for the first time or again.' },
      DELIVERED: { description: 'The receiver answered with a status of 200 to 299.' },
      FAILED: { description: 'It was given up, after three days or because the receiver answered 410.' },
    } satisfies Record<WebhookDeliveryState, object>,
  });

  const Delivery = builder.prismaNode('WebhookDelivery', {
    description: 'An event that was sent to a webhook, or that will be sent again. Kept for 7 days. Owners only.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      messageId: t.exposeString('messageId', {
        description: 'The header `webhook-id`, the same for each attempt: receivers recognise repetitions by it.',
      }),
      event: t.exposeString('type', { description: 'Such as `order.changed`; `webhook.test` for a test.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
      amazonOrderId: t.string({
        nullable: true,
        description: 'Of `order.changed`.',
        select: { orderingKey: true, changeId: true },
        resolve: ({ orderingKey, changeId }) => (changeId === null ? null : orderingKey),
      }),
      state: t.expose('state', { type: State }),
      attempts: t.exposeInt('attempts', { description: 'Requests that were made; counted anew by `redeliver`.' }),
      nextAttemptAt: t.expose('nextAttemptAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it is sent again, unless the whole webhook pauses; null if it waits for an earlier one.',
      }),
      lastAttemptAt: t.expose('lastAttemptAt', { type: 'DateTime', nullable: true }),
      lastStatus: t.exposeInt('lastStatus', {
        nullable: true,
        description: 'The HTTP status of the last response; null if there was none.',
      }),
      lastDurationMs: t.exposeInt('lastDurationMs', { nullable: true }),
      lastError: t.exposeString('lastError', {
        nullable: true,
        description: 'Why the last attempt failed, with the first characters of the response.',
      }),
      deliveredAt: t.expose('deliveredAt', { type: 'DateTime', nullable: true }),
      body: t.field({
        type: 'JSON',
        nullable: true,
        description: 'The body of the request; null if the change is no longer kept.',
        select: { type: true, at: true, changeId: true, data: true },
        resolve: async ({ changeId, ...event }, _args, { loaders }) => {
          const change = changeId === null ? null : await loaders.change(changeId);
          return change === undefined ? null : payloadOf({ ...event, change });
        },
      }),
    }),
  });

  const Webhook = builder.prismaNode('Webhook', {
    description: 'An address that events are sent to, by the Standard Webhooks specification. Owners only.',
    nullable: true,
    id: { field: 'id' },
    authScopes: { owner: true },
    fields: (t) => ({
      url: t.exposeString('url'),
      description: t.exposeString('description', { nullable: true }),
      events: t.exposeStringList('events', { description: EVENTS }),
      status: t.expose('status', { type: Status }),
      disabledAt: t.expose('disabledAt', { type: 'DateTime', nullable: true }),
      disabledReason: t.exposeString('disabledReason', { nullable: true }),
      failingSince: t.expose('failingSince', {
        type: 'DateTime',
        nullable: true,
        description: 'Since when no delivery has succeeded; null while the last one did.',
      }),
      pausedUntil: t.expose('pausedUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'After several failures in a row nothing is sent until then.',
      }),
      lastError: t.exposeString('lastError', { nullable: true, description: 'Of the last attempt, if it failed.' }),
      lastSuccessAt: t.expose('lastSuccessAt', { type: 'DateTime', nullable: true }),
      previousSecretUntil: t.expose('previousSecretUntil', {
        type: 'DateTime',
        nullable: true,
        description: 'Until when the secret before the last rotation signs, too.',
      }),
      pendingDeliveries: t.int({
        description: 'Events that are not delivered yet; counted up to 10,000.',
        select: { id: true, events: true, cursorId: true },
        resolve: (webhook, _args, { database }) => countPending(database, webhook),
      }),
      lastDelivery: t.field({
        type: Delivery,
        nullable: true,
        description: 'The newest delivery.',
        select: { id: true },
        resolve: ({ id }, _args, { database }) =>
          database.prisma.webhookDelivery.findFirst({ where: { webhookId: id }, orderBy: { id: 'desc' } }),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
    }),
  });

  const Created = builder.objectRef<CreatedWebhook>('CreatedWebhook').implement({
    description: 'A webhook with its new secret.',
    fields: (t) => ({
      webhook: t.field({ type: Webhook, resolve: ({ webhook }) => webhook }),
      secret: t.exposeString('secret', {
        description: 'The secret to verify signatures with (`whsec_…`). It is not returned again.',
      }),
    }),
  });

  builder.queryFields((t) => ({
    webhooks: t.prismaField({
      type: [Webhook],
      description: `All webhooks, oldest first. ${PEOPLE}`,
      authScopes: { owner: true },
      resolve: (query, _root, _args, context) => {
        sessionOf(context);
        return context.database.prisma.webhook.findMany({ ...query, orderBy: { id: 'asc' } });
      },
    }),
    webhookDeliveries: t.connection({
      type: Delivery,
      description: `Deliveries of the last 7 days, newest first. ${PEOPLE}`,
      authScopes: { owner: true },
      args: { webhookId: t.arg.globalID({ for: Webhook, required: true }), state: t.arg({ type: State }) },
      resolve: (_root, { webhookId, state, ...args }, context, info) => {
        sessionOf(context);
        return paginateById('webhookDeliveries', args, ({ where, ...window }) =>
          context.database.prisma.webhookDelivery.findMany({
            ...rowQuery(context, info),
            ...window,
            where: { ...where, webhookId: BigInt(webhookId.id), ...(state && { state }) },
          }),
        );
      },
    }),
  }));

  const id = builder.args((t) => ({ id: t.globalID({ for: Webhook, required: true }) }));
  builder.mutationFields((t) => ({
    createWebhook: t.field({
      type: Created,
      description: `Creates a webhook, which gets events from now on. ${PEOPLE}`,
      args: {
        url: t.arg.string({
          required: true,
          description: 'An address with https (or http) that is public, unless WEBHOOK_ALLOW_PRIVATE is set.',
        }),
        events: t.arg.stringList({ required: true, description: EVENTS }),
        description: t.arg.string({ description: 'At most 200 characters.' }),
      },
      resolve: (_root, input, context) => context.webhooks.create(sessionOf(context), input),
    }),
    updateWebhook: t.field({
      type: Webhook,
      description: `Changes a webhook; arguments that are omitted keep their value. ${PEOPLE}`,
      args: {
        ...id,
        url: t.arg.string(),
        events: t.arg.stringList({ description: EVENTS }),
        description: t.arg.string({ description: 'An empty text removes it.' }),
        enabled: t.arg.boolean({
          description:
            'False: nothing is sent, at once. True: sends again, with the changes of the last three days that were missed.',
        }),
      },
      resolve: (_root, { id, ...input }, context) => context.webhooks.update(sessionOf(context), BigInt(id.id), input),
    }),
    removeWebhook: t.field({
      type: Webhook,
      description: `Removes a webhook and its deliveries at once, and returns what it was. ${PEOPLE}`,
      args: id,
      resolve: (_root, { id }, context) => context.webhooks.remove(sessionOf(context), BigInt(id.id)),
    }),
    rotateWebhookSecret: t.field({
      type: Created,
      description: `Creates another secret. For 24 hours deliveries are signed with both. ${PEOPLE}`,
      args: id,
      resolve: (_root, { id }, context) => context.webhooks.rotateSecret(sessionOf(context), BigInt(id.id)),
    }),
    sendTestWebhook: t.field({
      type: Delivery,
      description: `Sends the event \`webhook.test\` and returns the result. ${PEOPLE}`,
      args: id,
      resolve: (_root, { id }, context) => context.webhooks.sendTest(sessionOf(context), BigInt(id.id)),
    }),
    redeliver: t.field({
      type: Delivery,
      description: `Sends a delivery again, whatever its state, and tries for three days. ${PEOPLE}`,
      args: { deliveryId: t.arg.globalID({ for: Delivery, required: true }) },
      resolve: (_root, { deliveryId }, context) =>
        context.webhooks.redeliver(sessionOf(context), BigInt(deliveryId.id)),
    }),
  }));
}
