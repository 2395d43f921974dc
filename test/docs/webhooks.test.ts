import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { payloadOf, webhookEvents } from '../../src/webhooks/events.js';
import { post } from '../../src/webhooks/post.js';
import { keyOf, newSecret, signedHeaders } from '../../src/webhooks/signature.js';
import { blocksOf, docBlocks } from '../helpers/doc-blocks.js';

const DOCUMENT = 'docs/webhooks.md';
const secret = newSecret();
const body = JSON.stringify({ type: 'order.changed', data: { amazonOrderId: '902-1845936-5435065', note: 'ü' } });
const signed = (id: string, keys = [keyOf(newSecret()), keyOf(secret)], at = new Date()) =>
  signedHeaders({ id, at, body }, keys);

describe(`the receivers of ${DOCUMENT} take what is signed with their secret, and nothing else`, () => {
  it('in Node, once for each id', async () => {
    const [script = ''] = docBlocks(DOCUMENT, 'Verify the signature', 'js');
    const file = join(mkdtempSync(join(tmpdir(), 'receiver-')), 'receiver.mjs');
    writeFileSync(file, script);
    const port = await freePort();
    const child = spawn(process.execPath, [file], { env: { WEBHOOK_SECRET: secret, PORT: String(port) } });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    onTestFinished(async () => {
      child.kill();
      await once(child, 'close');
    });
    const send = async (headers: Record<string, string>, text = body) => {
      const { signal } = new AbortController();
      const url = new URL(`http://127.0.0.1:${port}/`);
      return post({ url, headers, body: text, rules: { allowPrivate: true }, timeoutMs: 5_000, signal });
    };
    await vi.waitFor(async () => expect(await send({})).toMatchObject({ status: 401 }), { timeout: 30_000 });
    expect(await send(signed('chg_1'))).toMatchObject({ status: 204 });
    expect(await send(signed('chg_1'))).toMatchObject({ status: 204 });
    expect(await send(signed('chg_2', [keyOf(newSecret())]))).toMatchObject({ status: 401 });
    expect(await send(signed('chg_3'), body.replace('5435065', '5435066'))).toMatchObject({ status: 401 });
    expect(await send(signed('chg_4', [keyOf(secret)], new Date(Date.now() - 301_000)))).toMatchObject({ status: 401 });
    await vi.waitFor(() => expect(printed).toBe('order.changed 902-1845936-5435065\n'), 60_000);
  });

  it('in Python', ({ skip }) => {
    if (spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status !== 0)
      return skip('There is no Python 3.9.');
    const [script = ''] = docBlocks(DOCUMENT, 'Verify the signature', 'python');
    const isValid = (headers: Record<string, string>, text = body) => {
      const call = `${script}\nimport sys, json\nsecret, headers, body = json.load(sys.stdin)\nprint(is_valid(secret, headers, body.encode()))`;
      const { stdout, stderr } = spawnSync('python3', ['-c', call], { input: JSON.stringify([secret, headers, text]) });
      expect(String(stderr)).toBe('');
      return String(stdout).trim();
    };
    expect(isValid(signed('chg_1'))).toBe('True');
    expect(isValid(signed('chg_1', [keyOf(newSecret())]))).toBe('False');
    expect(isValid(signed('chg_1', [keyOf(secret)], new Date(0)))).toBe('False');
  });
});

it('shows an example of each event, with the members that are sent', () => {
  const examples = blocksOf(DOCUMENT)
    .filter(({ language }) => language === 'json')
    .map(({ text }) => JSON.parse(text));
  const documented = [...new Set(examples.map(({ type }) => type))];
  expect(webhookEvents.filter((event) => event !== 'sync.recovered').toSorted()).toEqual(documented.toSorted());
  const change = {
    ...{ id: 123n, at: new Date('2026-11-29T09:30:00.120Z'), kinds: ['STATUS' as const], source: 'SYNC' as const },
    ...{ orderId: 1n, amazonOrderId: '902-1845936-5435065', marketplaceId: 'ATVPDKIKX0DER', fromStatus: 'UNSHIPPED' },
    ...{ toStatus: 'SHIPPED', changedFields: ['lastUpdateDate', 'orderStatus', 'packages'] },
  };
  const sent = payloadOf({ type: 'order.changed', at: change.at, change, data: null });
  expect(examples.find(({ type }) => type === 'order.changed')).toEqual(sent);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
