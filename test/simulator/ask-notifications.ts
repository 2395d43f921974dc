import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.js';
import { accessToken, askForToken } from './ask.js';

export const GRANTLESS = {
  grant_type: 'client_credentials',
  scope: 'sellingpartnerapi::notifications',
  client_id: 'client',
  client_secret: 'CLIENT-SECRET',
};

/** AWS's client with the simulator's queue, closed after the test. */
export function queueClientOf(simulator: Simulator, accessKeyId = 'AKIASIMULATED') {
  const client = new SQSClient({
    endpoint: simulator.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'AWS-SECRET' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const QueueUrl = simulator.queueUrl;
  const receive = async (input: { count?: number; wait?: number; visibility?: number; queueUrl?: string } = {}) => {
    const { count = 10, wait, visibility, queueUrl = QueueUrl } = input;
    const answer = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: count,
        MessageSystemAttributeNames: ['All'],
        ...(wait !== undefined && { WaitTimeSeconds: wait }),
        ...(visibility !== undefined && { VisibilityTimeout: visibility }),
      }),
    );
    return answer.Messages ?? [];
  };
  const remove = ({ ReceiptHandle }: Message) => client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  const hide = ({ ReceiptHandle }: Message, seconds: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: seconds }));
  return { client, QueueUrl, receive, remove, hide };
}

/** A client of the Notifications API as simple as can be, with a seller's and a grantless token. */
export async function notificationsClientOf(simulator: Simulator) {
  const seller = await accessToken(simulator);
  const { access_token: grantless } = (await (await askForToken(simulator, GRANTLESS)).json()) as {
    access_token: string;
  };
  const ask = (method: string, path: string, body?: unknown, token = seller) =>
    fetch(`${simulator.url}/notifications/v1${path}`, {
      method,
      headers: { 'x-amz-access-token': token, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  /** The payload of an answer with status 200. */
  const payload = async <T>(answer: Promise<Response>): Promise<T> => {
    const response = await answer;
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return ((await response.json()) as { payload: T }).payload;
  };
  const createDestination = (arn = simulator.queues.get().arn, name = 'orders') =>
    ask('POST', '/destinations', { name, resourceSpecification: { sqs: { arn } } }, grantless);
  const createSubscription = (body: object, type = 'ORDER_CHANGE') => ask('POST', `/subscriptions/${type}`, body);
  return { ask, payload, seller, grantless, createDestination, createSubscription };
}

export interface DestinationAnswer {
  destinationId: string;
  name: string;
  resource: { sqs: { arn: string } };
}

export interface SubscriptionAnswer {
  subscriptionId: string;
  destinationId: string;
  payloadVersion: string;
  processingDirective?: object;
}

/** As much of an event as the tests read. */
export interface EventJson {
  NotificationType: string;
  Payload: {
    OrderChangeNotification: {
      SellerId: string;
      AmazonOrderId: string;
      OrderChangeType: string;
      OrderChangeTrigger: { TimeOfOrderChange: string | null };
      Summary: { OrderStatus: string; PurchaseDate: string | null; DestinationPostalCode: string | null };
    };
  };
  NotificationMetadata: { NotificationId: string; PublishTime: string; SubscriptionId: string };
}

/** The events in the queue, hidden ones too. */
export function eventsIn(simulator: Simulator): EventJson[] {
  simulator.notifications.catchUp();
  return simulator.queues.get().bodies.map((body) => JSON.parse(body) as EventJson);
}

/** Order and status of each event in the queue. */
export function changesIn(simulator: Simulator): string[] {
  return eventsIn(simulator).map(({ Payload: { OrderChangeNotification: change } }) =>
    [change.AmazonOrderId, change.OrderChangeType, change.Summary.OrderStatus].join(' '),
  );
}
