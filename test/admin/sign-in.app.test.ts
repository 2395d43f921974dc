import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createApiClient } from '../../src/cli/demo/api-client.js';
import { sharedTestApp } from '../helpers/with-app.js';
import { describeInBrowser, OWNER, signIn, withBrowser } from '../helpers/with-browser.js';

describeInBrowser('signing in', () => {
  const browser = withBrowser();
  const sharedApp = sharedTestApp({ orders: 1 });

  it('explains a proxy that replaces the Host header or cannot reach the server', async () => {
    const { app } = await sharedApp();
    const proxy = await proxyWithoutHost(app.url);
    const page = await browser.visit(`${proxy.url}/admin`);
    await page.getByLabel('E-mail').fill(OWNER[0]);
    await page.getByLabel('Password').fill(OWNER[1]);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/HTTP 403.*pass on the Host header/).waitFor();
    proxy.disconnect();
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/HTTP 502.*the proxy can reach it/).waitFor();
  });

  it('#47 ends the session on the server at sign-out', async () => {
    const { app } = await sharedApp();
    const page = await browser.signedIn(`${app.url}/admin`);
    const stored = await page.evaluate(() => localStorage.getItem('ordermirror.session'));
    const api = createApiClient(app.url);
    api.signIn(JSON.parse(stored ?? '').token);
    await api.request('{ connection { id } }');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await vi.waitFor(() => expect(api.request('{ connection { id } }')).rejects.toThrow('UNAUTHENTICATED'), 60_000);
  });

  it('begins in the first field, after signing out too', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit(`${app.url}/admin`);
    const email = page.getByLabel('E-mail');
    const isFocused = () => email.evaluate((input) => input === document.activeElement);
    await expect.poll(isFocused).toBe(true);
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect.poll(isFocused).toBe(true);
  });

  it('ends the session without an error while the socket can not be opened', async () => {
    const { app } = await sharedApp();
    const page = await browser.visit('about:blank');
    await page.clock.install();
    await page.routeWebSocket(/graphql/, () => {});
    await page.goto(`${app.url}/admin`);
    await signIn(page);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    // After 8 s the attempt to connect is given up; an unhandled rejection would fail the test.
    await page.clock.runFor(10_000);
    await page.evaluate(() => new Promise((resolve) => queueMicrotask(() => resolve(null))));
  });

  it('keeps a newer session of another tab when its own token is rejected', async () => {
    const { app, owner } = await sharedApp();
    const page = await browser.visit('about:blank');
    // The socket would notice the rejection first.
    await page.routeWebSocket(/graphql/, () => {});
    await page.goto(`${app.url}/admin`);
    await signIn(page);
    // A request with the old token, before the newer one is stored, would end the session.
    await page.route('**/graphql', (route) => route.abort());
    const { changePassword } = await owner.request<{ changePassword: { token: string } }>(
      `mutation { changePassword(currentPassword: "${OWNER[1]}", newPassword: "a newer, longer password") {
         token expiresAt user { id email role }
       } }`,
    );
    // A tab gets no storage event for its own writes, as if another tab's event had not arrived yet.
    const newer = JSON.stringify({ ...changePassword, key: 'of the other tab' });
    await page.evaluate((newer) => localStorage.setItem('ordermirror.session', newer), newer);
    await page.unroute('**/graphql');
    await page.getByRole('link', { name: 'Connection' }).click();
    await page.getByRole('button', { name: 'Test connection' }).waitFor();
    expect(await page.evaluate(() => localStorage.getItem('ordermirror.session'))).toBe(newer);
  });
});

/** Starts a proxy that sends its own Host header, and answers 502 once disconnected from the server. */
async function proxyWithoutHost(url: string) {
  const { hostname, port, host } = new URL(url);
  let disconnected = false;
  const server = createServer((near: IncomingMessage, answer: ServerResponse) => {
    if (disconnected) return void answer.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
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
    disconnect: () => {
      disconnected = true;
    },
  };
}
