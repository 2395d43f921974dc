import type { LookupAddress } from 'node:dns';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { expect, it, onTestFinished } from 'vitest';
import { checkedWebhookUrl } from '../../src/webhooks/address.js';
import { type Post, post } from '../../src/webhooks/post.js';
import { keyOf, newSecret, signedHeaders } from '../../src/webhooks/signature.js';
import { webhookReceiver } from '../helpers/webhook-receiver.js';

const to = (url: string, more: Partial<Post> = {}): Post => ({
  ...{ url: new URL(url), headers: {}, body: '{}', timeoutMs: 10_000, signal: new AbortController().signal },
  rules: { allowPrivate: true },
  ...more,
});

it('signs so that the official package verifies it, with both secrets during a rotation', async () => {
  const receiver = await webhookReceiver();
  const [secret, previous] = [newSecret(), newSecret()];
  const body = JSON.stringify({ type: 'webhook.test', note: 'Übergröße' });
  const headers = signedHeaders({ id: 'evt_1', at: new Date(), body }, [keyOf(secret), keyOf(previous)]);
  expect(await post(to(receiver.url, { headers, body }))).toMatchObject({ ok: true, status: 204, error: null });
  const [received] = receiver.requests;
  const sent = received?.headers as Record<string, string>;
  for (const each of [secret, previous])
    expect(new Webhook(each).verify(received?.text ?? '', sent)).toEqual(JSON.parse(body));
  expect(() => new Webhook(newSecret()).verify(received?.text ?? '', sent)).toThrow();
  expect(() => new Webhook(secret).verify(`${received?.text} `, sent)).toThrow();
});

it('does not follow redirects', async () => {
  const target = await webhookReceiver();
  const receiver = await webhookReceiver();
  receiver.answer((_request, response) => response.writeHead(307, { location: target.url }).end());
  expect(await post(to(receiver.url))).toMatchObject({
    ...{ ok: false, status: 307 },
    error: 'The response was 307. Redirects are not followed; save the address that it leads to.',
  });
  expect(target.requests).toEqual([]);
});

it('reports the first characters of a failure, without control characters and secrets', async () => {
  const receiver = await webhookReceiver();
  receiver.answer((_request, response) =>
    response.writeHead(500).end(`no\r\n\u0000 way \u001b[31m password=hunter2 ${'x'.repeat(9_999)}`),
  );
  const { error } = await post(to(receiver.url));
  expect(error).toMatch(/^The response was 500\. no . way \[31m password=\[redacted\] x+$/);
  expect(error?.length).toBe(200);
});

it.each([
  ['has no response', () => {}, null, 'There was no response within 0.2 seconds.'],
  [
    'is hung up on',
    (_request: unknown, response: { destroy(): void }) => response.destroy(),
    null,
    'The connection was closed without a response.',
  ],
] as const)('reports a request that %s', async (_what, answer, status, error) => {
  const receiver = await webhookReceiver();
  receiver.answer(answer as never);
  expect(await post(to(receiver.url, { timeoutMs: 200 }))).toMatchObject({ ok: false, status, error });
});

it('reads at most 64 kB of a response, and waits for its end no longer than the time limit', async () => {
  const receiver = await webhookReceiver();
  let written = 0;
  receiver.answer((_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (response.writable && written < 50_000_000) {
        written += 65_536;
        if (!response.write(Buffer.alloc(65_536))) return response.once('drain', more);
      }
      return response.end();
    };
    more();
  });
  expect(await post(to(receiver.url))).toMatchObject({ ok: true, status: 200 });
  expect(written).toBeLessThan(20_000_000);
  receiver.answer((_request, response) => void response.writeHead(500).write('slow'));
  expect(await post(to(receiver.url, { timeoutMs: 200 }))).toMatchObject({ error: 'The response was 500. slow' });
});

it('reports what is wrong with a connection', async () => {
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const { port } = closed.address() as AddressInfo;
  await new Promise((resolve) => closed.close(resolve));
  const refused = await post(to(`http://127.0.0.1:${port}/`));
  expect(refused).toMatchObject({ ok: false, error: 'The connection was refused.' });
  const unknown = await post(to('http://no-such-host.invalid/'));
  expect(unknown.error).toBe('The name of the host could not be resolved.');
});

it('keeps the connection, and sends again by another one if it was closed meanwhile', async () => {
  const receiver = await webhookReceiver();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const ports: (number | undefined)[] = [];
  receiver.answer((_request, response, raw) => {
    ports.push(raw.socket.remotePort);
    response.writeHead(204).end();
  });
  await post(to(receiver.url, { agent }));
  await post(to(receiver.url, { agent }));
  expect(ports[0]).toBe(ports[1]);
  let calls = 0;
  receiver.answer((_request, response, raw) => {
    calls += 1;
    if (calls === 1) raw.socket.resetAndDestroy();
    else response.writeHead(204).end();
  });
  expect(await post(to(receiver.url, { agent }))).toMatchObject({ ok: true });
  expect(calls).toBe(2);
});

it('refuses a name that leads to a private address when the connection is made (DNS rebinding)', async () => {
  const receiver = await webhookReceiver();
  const answers = [
    ['8.8.8.8', 4],
    ['127.0.0.1', 4],
  ] as const;
  let asked = 0;
  const resolve = (_name: string, _options: object, callback: (error: null, addresses: LookupAddress[]) => void) => {
    const [address, family] = answers[Math.min(asked, 1)] ?? ['', 4];
    asked += 1;
    callback(null, [{ address, family }]);
  };
  const { port } = new URL(receiver.url);
  const rules = { allowPrivate: false, resolve };
  const url = await checkedWebhookUrl(`http://rebinding.example:${port}/`, rules);
  expect(await post(to(url, { rules }))).toMatchObject({
    ok: false,
    error: expect.stringContaining('rebinding.example (127.0.0.1) is not a public address.'),
  });
  expect([asked, receiver.requests.length]).toEqual([2, 0]);
});

it('connects to the address that was checked, whatever the name leads to afterwards', async () => {
  const receiver = await webhookReceiver();
  let asked = 0;
  const resolve = (_name: string, _options: object, callback: (error: null, addresses: LookupAddress[]) => void) => {
    asked += 1;
    callback(null, [{ address: asked === 1 ? '127.0.0.1' : '10.9.9.9', family: 4 }]);
  };
  const { port } = new URL(receiver.url);
  const attempt = await post(to(`http://pinned.example:${port}/`, { rules: { allowPrivate: true, resolve } }));
  expect([attempt.ok, asked, receiver.requests.length]).toEqual([true, 1, 1]);
});

it.each(['http://169.254.169.254/', 'http://[::ffff:10.0.0.1]/', 'http://127.0.0.1:9/'])(
  'refuses %s, which needs no lookup',
  async (url) => {
    const attempt = await post(to(url, { rules: { allowPrivate: false } }));
    expect(attempt.error).toContain('is not a public address.');
  },
);
