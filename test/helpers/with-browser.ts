import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { findChromium } from '../../scripts/chromium.js';

/** Console errors of rejected requests, lost connections and code that can't be loaded: the page reports them itself. */
const EXPECTED = /Failed to load resource|WebSocket connection to|dynamically imported module/;

const browserPath = findChromium();

/** Describes tests in a browser, which are skipped, with a line on stdout, if there is none. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (browserPath) return void describe(name, tests);
  process.stdout.write(
    `Skipped: ${name}. Chromium was not found: install it (Debian: apt-get install chromium) or set CHROMIUM.\n`,
  );
  describe.skip(`${name} (no Chromium)`, tests);
}

type Credentials = readonly [email: string, password: string];
export const OWNER: Credentials = ['owner@example.com', 'a long enough password'];
export const VIEWER: Credentials = ['viewer@example.com', 'another long password'];

export interface TestBrowser {
  /** Opens a URL in a context of its own. Script errors and CSP violations fail the test. */
  visit(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Opens a URL and signs in. */
  signedIn(url: string, user?: Credentials): Promise<Page>;
}

/** Starts one Chromium for a file's tests. Each test's pages are closed after it. */
export function withBrowser(): TestBrowser {
  let browser: Browser | undefined;
  const errors: string[] = [];
  beforeAll(async () => {
    if (browserPath === null) return;
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: browserPath, args });
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());
  const visit: TestBrowser['visit'] = async (url, options = {}) => {
    if (!browser) throw new Error('The browser has not started.');
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) errors.push(message.text());
    });
    await page.goto(url);
    return page;
  };
  return {
    visit,
    signedIn: async (url, user) => {
      const page = await visit(url);
      await signIn(page, user);
      return page;
    },
  };
}

/** Signs in with the form. */
export async function signIn(page: Page, [email, password] = OWNER): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** Waits until the page's socket is open. */
export const connected = (page: Page): Promise<void> =>
  page.locator('[data-socket="live"]').waitFor({ state: 'attached' });

/** Returns axe's serious and critical violations on the page, each with its elements. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated, since the page's CSP allows scripts from the server only.
  if (await page.evaluate('typeof axe === "undefined"')) await page.evaluate(axe.source);
  const result = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[];
  };
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}
