import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, vi } from 'vitest';
import type { Database } from '../../src/database/database.js';
import type { OnEnd } from './with-sync.js';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: { readonly type: string; readonly timestamp: string; readonly data: Record<string, unknown> };
}

/** Answers a request; by default by 204. A handler that does nothing lets the sender wait. */
export type Answer = (request: Received, response: ServerResponse, raw: IncomingMessage) => void;

export interface WebhookReceiver {
  readonly url: string;
  /** All requests, in the order of their arrival. */
  readonly requests: readonly Received[];
  /** Answers the next requests. */
  answer(answer: Answer): void;
  /** Resolves when so many requests have arrived. */
  received(count: number): Promise<readonly Received[]>;
}

export const noContent: Answer = (_request, response) => response.writeHead(204).end();

/** A receiver of webhooks on this machine; closed after the test. */
export async function webhookReceiver(onEnd: OnEnd = onTestFinished): Promise<WebhookReceiver> {
  const requests: Received[] = [];
  let answer = noContent;
  const server = createServer(async (raw, response) => {
    let text = '';
    for await (const chunk of raw.setEncoding('utf8')) text += chunk;
    const request = { headers: raw.headers, text, body: JSON.parse(text) };
    requests.push(request);
    answer(request, response, raw);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    requests,
    answer: (next) => {
      answer = next;
    },
    received: (count) =>
      vi.waitFor(
        () => {
          if (requests.length < count) throw new Error(`${requests.length} of ${count} requests have arrived.`);
          return requests;
        },
        { interval: 5, timeout: 60_000 },
      ),
  };
}

/** Commits changes of orders with these numbers, in one transaction. */
export async function addChanges(database: Database, orders: readonly number[]): Promise<bigint[]> {
  const rows = await database.query<{ id: bigint }>(
    `INSERT INTO order_change (at, kinds, source, order_id, amazon_order_id, marketplace_id, from_status, to_status, changed_fields)
     SELECT now(), '{STATUS}', 'SYNC', number, '902-0000000-' || lpad(number::text, 7, '0'), 'ATVPDKIKX0DER', 'UNSHIPPED',
            'SHIPPED', '{orderStatus}'
       FROM unnest($1::int[]) WITH ORDINALITY AS t (number, place) ORDER BY place RETURNING id`,
    [orders],
  );
  return rows.map(({ id }) => id);
}
