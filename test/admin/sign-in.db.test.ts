import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { startTestApp } from '../helpers/with-app.js';
import { describeInBrowser, signIn, withBrowser } from '../helpers/with-browser.js';

const OWNER = ['owner@example.com', 'a long enough password'] as const;

describeInBrowser('signing in and staying so', () => {
  const browser = withBrowser();

  it('says what stands in the way behind a proxy that keeps the Host to itself, or has lost the server', async () => {
    const { app } = await startTestApp({ orders: 1 });
    const proxy = await proxyWithoutHost(app.url);
    const page = await browser.visit(`${proxy.url}/admin`);
    await page.getByLabel('E-mail').fill(OWNER[0]);
    await page.getByLabel('Password').fill(OWNER[1]);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/status 403.*pass on the Host header/).waitFor();
    proxy.lose();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/status 502.*does the proxy before it reach it/).waitFor();
  });

  it('#47 signs out on the server: the token is worthless afterwards', async () => {
    const { app } = await startTestApp({ orders: 1 });
    const page = await browser.visit(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    const stored = await page.evaluate(() => localStorage.getItem('ordermirror.session'));
    const api = createApiClient(app.url);
    api.signIn(JSON.parse(stored ?? '').token);
    await api.request('{ connection { id } }');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await vi.waitFor(() => expect(api.request('{ connection { id } }')).rejects.toThrow('UNAUTHENTICATED'), 10_000);
  });

  it('leaves alone a newer session of another tab when its own token is refused before it has heard of that', async () => {
    const { app, owner } = await startTestApp({ orders: 1 });
    const page = await browser.visit('about:blank');
    // A socket would hear of the refusal first.
    await page.routeWebSocket(/graphql/, () => {});
    await page.goto(`${app.url}/admin`);
    await signIn(page, ...OWNER);
    const { changePassword } = await owner.request<{ changePassword: { token: string } }>(
      `mutation { changePassword(currentPassword: "${OWNER[1]}", newPassword: "a newer, longer password") {
         token expiresAt user { id email role }
       } }`,
    );
    // A tab isn't told of what it stored itself: this stands for the word of another one that hasn't come yet.
    const newer = JSON.stringify({ ...changePassword, key: 'of the other tab' });
    await page.evaluate((newer) => localStorage.setItem('ordermirror.session', newer), newer);
    await page.getByRole('link', { name: 'Connection' }).click();
    await page.getByRole('button', { name: 'Test the connection' }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem('ordermirror.session'))).toBe(newer);
  });
});

/** A proxy to the server that names itself as the Host; it answers 502 once it has lost the server. */
async function proxyWithoutHost(url: string) {
  const { hostname, port, host } = new URL(url);
  let lost = false;
  const server = createServer((near: IncomingMessage, answer: ServerResponse) => {
    if (lost) return void answer.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
    const { method = 'GET', url: path = '/', headers } = near;
    const far = request({ hostname, port, method, path, headers: { ...headers, host } }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    near.pipe(far);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lose: () => {
      lost = true;
    },
  };
}
