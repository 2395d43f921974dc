import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { START, simulate } from './ask.js';
import { queueClientOf } from './ask-notifications.js';

async function withQueue(options: Parameters<typeof simulate>[0] = {}) {
  const simulator = await simulate({ orders: 0, ...options });
  return { simulator, queue: simulator.queues.get(), ...queueClientOf(simulator) };
}

describe('receiving from the queue', () => {
  it('hides a message for its visibility time-out and counts its receipts', async () => {
    const { simulator, queue, receive } = await withQueue();
    queue.send('{"é":"緑"}');
    const [first] = await receive();
    expect(first).toMatchObject({
      Body: '{"é":"緑"}',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(START) },
    });
    expect(await receive()).toEqual([]);
    simulator.advance(30_000);
    const [second] = await receive();
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second?.Attributes?.ApproximateFirstReceiveTimestamp).toBe(String(START));
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
  });

  it('returns up to the number asked for, one by default', async () => {
    const { queue, client, QueueUrl, receive } = await withQueue();
    for (let index = 0; index < 15; index += 1) queue.send(`message ${index}`);
    const one = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(one.Messages).toHaveLength(1);
    expect(one.Messages?.[0]?.Attributes).toBeUndefined();
    expect(await receive({ count: 10 })).toHaveLength(10);
    expect(await receive({ count: 10 })).toHaveLength(4);
    await expect(receive({ count: 11 })).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it('waits for a message, by the real clock no longer than asked', async () => {
    const { queue, receive } = await withQueue();
    const waiting = receive({ wait: 20 });
    const sent = new Promise<void>((resolve) => setImmediate(resolve)).then(() => queue.send('late'));
    await sent;
    expect((await waiting).map(({ Body }) => Body)).toEqual(['late']);
    const begun = performance.now();
    expect(await receive({ wait: 1 })).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThan(900);
  });

  it('ends a long poll when the simulator’s clock has passed its time', async () => {
    const { simulator, receive } = await withQueue();
    const waiting = receive({ wait: 20 });
    await expect.poll(() => simulator.queues.log.count('ReceiveMessage')).toBe(1);
    const begun = performance.now();
    simulator.advance(20_000);
    expect(await waiting).toEqual([]);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('keeps a message for others when a waiting client has gone', async () => {
    const { simulator, queue, client, QueueUrl, receive } = await withQueue();
    const controller = new AbortController();
    const poll = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
      abortSignal: controller.signal,
    });
    await expect.poll(() => simulator.queues.log.count('ReceiveMessage')).toBe(1);
    controller.abort();
    await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => simulator.queues.log.records.length).toBe(1);
    // The close of the connection arrives after the abort.
    await expect.poll(() => queue.waiting).toBe(0);
    queue.send('kept');
    expect((await receive()).map(({ Body }) => Body)).toEqual(['kept']);
  });

  it('wakes a poll when a message is shown again', async () => {
    const { queue, receive, hide } = await withQueue();
    queue.send('a');
    const [message] = await receive();
    const waiting = receive({ wait: 20 });
    if (message) await hide(message, 0);
    expect(await waiting).toHaveLength(1);
  });

  it('drops messages after four days', async () => {
    const { simulator, queue, receive } = await withQueue();
    queue.send('old');
    simulator.advance(4 * 86_400_000);
    queue.send('new');
    expect((await receive()).map(({ Body }) => Body)).toEqual(['new']);
  });

  it('refuses more messages than may be in flight', async () => {
    const { queue, receive } = await withQueue();
    queue.settings.maxInFlight = 2;
    for (let index = 0; index < 3; index += 1) queue.send(`message ${index}`);
    expect(await receive({ count: 2 })).toHaveLength(2);
    await expect(receive()).rejects.toMatchObject({ name: 'OverLimit' });
  });
});

describe('a receipt', () => {
  it('deletes its message, but not after another receipt', async () => {
    const { simulator, queue, receive, remove } = await withQueue();
    queue.send('a');
    const [first] = await receive();
    simulator.advance(30_000);
    const [second] = await receive();
    if (!first || !second) throw new Error('not received');
    await remove(first);
    expect(queue.inFlight).toBe(1);
    await remove(second);
    await remove(second);
    expect(queue.bodies).toEqual([]);
  });

  it('extends the visibility time-out, and fails for a message that is not in flight', async () => {
    const { simulator, queue, receive, remove, hide } = await withQueue();
    queue.send('a');
    const [message] = await receive();
    if (!message) throw new Error('not received');
    await hide(message, 60);
    simulator.advance(59_000);
    expect(await receive()).toEqual([]);
    simulator.advance(1000);
    await expect(hide(message, 60)).rejects.toMatchObject({ name: 'MessageNotInflight' });
    const [again] = await receive();
    await expect(hide(message, 60)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
    if (again) await remove(again);
    await expect(hide({ ReceiptHandle: 'nonsense' }, 1)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });

  it('works in batches, which list what failed', async () => {
    const { queue, client, QueueUrl, receive } = await withQueue();
    const sent = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: ['a', 'b'].map((body) => ({ Id: body, MessageBody: body })),
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(['a', 'b']);
    const handles = (await receive()).map(({ ReceiptHandle }) => ReceiptHandle);
    const entries = [...handles, 'nonsense'].map((ReceiptHandle, index) => ({ Id: `e${index}`, ReceiptHandle }));
    const hidden = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: 0 })),
      }),
    );
    expect([hidden.Successful?.length, hidden.Failed?.map(({ Id, Code }) => `${Id} ${Code}`)]).toEqual([
      2,
      ['e2 ReceiptHandleIsInvalid'],
    ]);
    expect(queue.visible).toBe(2);
    const removed = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entries }));
    expect([removed.Successful?.length, removed.Failed?.length]).toEqual([2, 1]);
    expect(queue.bodies).toEqual([]);
    await expect(client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [] }))).rejects.toMatchObject({
      name: 'EmptyBatchRequest',
    });
    const twice = [1, 2].map(() => ({ Id: 'same', ReceiptHandle: 'nonsense' }));
    await expect(client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: twice }))).rejects.toMatchObject({
      name: 'BatchEntryIdsNotDistinct',
    });
  });
});

describe('the queue', () => {
  it('moves a message to the dead letters after its last receipt', async () => {
    const { simulator, queue, receive } = await withQueue();
    const deadLetters = simulator.queues.get('ordermirror-dead-letters');
    queue.send('poison');
    for (let receipt = 1; receipt <= 5; receipt += 1) {
      expect(await receive({ visibility: 1 })).toHaveLength(1);
      simulator.advance(1000);
    }
    expect(deadLetters.bodies).toEqual([]);
    expect(await receive()).toEqual([]);
    expect([queue.bodies, deadLetters.bodies]).toEqual([[], ['poison']]);
    const queueUrl = simulator.queueUrl.replace('ordermirror', 'ordermirror-dead-letters');
    const [letter] = await receive({ queueUrl });
    expect(letter?.Attributes?.DeadLetterQueueSourceArn).toBe(queue.arn);
  });

  it('counts its messages and shows its policies', async () => {
    const { simulator, queue, client, QueueUrl, receive } = await withQueue();
    for (let index = 0; index < 3; index += 1) queue.send(`message ${index}`);
    await receive({ count: 1 });
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'later', DelaySeconds: 60 }));
    const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    expect(Attributes).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:ordermirror',
      ApproximateNumberOfMessages: '2',
      ApproximateNumberOfMessagesNotVisible: '1',
      ApproximateNumberOfMessagesDelayed: '1',
      VisibilityTimeout: '30',
    });
    expect(JSON.parse(Attributes.RedrivePolicy ?? '')).toEqual({
      deadLetterTargetArn: simulator.queues.get('ordermirror-dead-letters').arn,
      maxReceiveCount: 5,
    });
    expect(Attributes.Policy).toContain('437568002678');
    const some = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    expect(Object.keys(some.Attributes ?? {})).toEqual(['QueueArn']);
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: '', VisibilityTimeout: '5' } }));
    expect([queue.admitsAmazon, queue.settings.visibilityTimeoutSeconds]).toEqual([false, 5]);
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    expect(queue.bodies).toEqual([]);
  });

  it('is found by its name and decided by the URL of the request', async () => {
    const { simulator, client, receive } = await withQueue();
    const other = simulator.queues.create('other');
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: 'other' }));
    expect(QueueUrl).toBe(`${simulator.url}/000000000000/other`);
    other.send('for the other');
    expect(await receive()).toEqual([]);
    expect(await receive({ queueUrl: QueueUrl })).toHaveLength(1);
    simulator.queues.remove('other');
    await expect(receive({ queueUrl: QueueUrl })).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(client.send(new GetQueueUrlCommand({ QueueName: 'other' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it.each([
    ['AKIADENIED', 'AccessDenied', /not authorized to perform: sqs:receivemessage/],
    ['AKIAUNKNOWN', 'InvalidClientTokenId', /security token/],
  ])('refuses the access key %s', async (key, name, message) => {
    const { simulator } = await withQueue();
    const error = await queueClientOf(simulator, key)
      .receive()
      .catch((reason: Error) => reason);
    expect(error).toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('refuses requests that are not signed, and actions it doesn’t have', async () => {
    const { simulator } = await withQueue();
    const ask = async (action: string) => {
      const headers = { 'x-amz-target': `AmazonSQS.${action}`, 'content-type': 'application/x-amz-json-1.0' };
      const answer = await fetch(simulator.url, { method: 'POST', headers, body: '{}' });
      return `${answer.status} ${answer.headers.get('x-amzn-query-error')}`;
    };
    expect(await ask('ReceiveMessage')).toBe('403 MissingAuthenticationToken;Sender');
    expect(await ask('Dance')).toBe('400 InvalidAction;Sender');
  });

  it('has the faults of the other operations, and its requests apart from theirs', async () => {
    const { simulator, queue, client, QueueUrl, receive } = await withQueue();
    queue.send('a');
    simulator.faults.add({ fault: { kind: '500' } });
    expect(await receive({ visibility: 0 })).toHaveLength(1);
    simulator.faults.clear();
    for (const [kind, name] of [
      ['500', 'InternalFailure'],
      ['429', 'RequestThrottled'],
      ['403-forbidden', 'AccessDenied'],
      ['reset', 'TimeoutError'],
    ] as const) {
      simulator.faults.add({ operation: 'ReceiveMessage', on: { from: 1 }, fault: { kind } });
      await expect(receive()).rejects.toMatchObject({ name });
      simulator.faults.clear();
    }
    const hold = simulator.hold('DeleteMessage');
    const [message] = await receive();
    const removal = client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
    await hold.arrived;
    expect(queue.inFlight).toBe(1);
    hold.release();
    await removal;
    expect(queue.bodies).toEqual([]);
    expect([simulator.count(), simulator.count('ReceiveMessage'), simulator.requests]).toEqual([0, 6, []]);
    expect(JSON.stringify(simulator.queues.log.records)).not.toContain('AWS-SECRET');
  });
});
