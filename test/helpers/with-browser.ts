import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, vi } from 'vitest';
import { databaseKind } from './with-database.js';

/** A browser on a busy machine is slow. */
const LONGEST_TEST_MS = 120_000;
/** The first is a Chromium without a window: it takes a quarter less time. */
const NAMES = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** What a browser says of a refusal or a lost server, which the page tells in words itself. */
const EXPECTED = /Failed to load resource|WebSocket connection to/;

/** The Chromium of this machine: `CHROMIUM`, or the first on the PATH; null where there is none. */
export const browserPath: string | null = findBrowser();

/** Tests of the built page in a browser. The page knows nothing of the database, so they run on one kind only. */
export function describeInBrowser(name: string, tests: () => void): void {
  const skipped = databaseKind !== 'pglite' ? 'in a browser: on PGlite only' : browserPath ? null : 'no Chromium here';
  if (!browserPath && databaseKind === 'pglite') {
    process.stdout.write(
      `Skipped: ${name}. There is no Chromium here (on Debian: apt-get install chromium; or set CHROMIUM).\n`,
    );
  }
  if (skipped) describe.skip(`${name} (${skipped})`, tests);
  else describe(name, tests);
}

export interface TestBrowser {
  /** A page of a visitor of their own, at an address; fails the test on a script's error or a breach of the CSP. */
  visit(url: string, options?: BrowserContextOptions): Promise<Page>;
}

/** One Chromium for the tests of a file, closed after them; each test's pages are closed after it. */
export function withBrowser(): TestBrowser {
  let browser: Browser | undefined;
  const mistakes: string[] = [];
  vi.setConfig({ testTimeout: LONGEST_TEST_MS });
  beforeAll(async () => {
    if (browserPath === null) return;
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: browserPath, args });
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
    expect(mistakes.splice(0)).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    visit: async (url, options = {}) => {
      if (!browser) throw new Error('There is no browser.');
      const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Berlin', ...options });
      context.setDefaultTimeout(10_000);
      const page = await context.newPage();
      page.on('pageerror', (error) => mistakes.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && !EXPECTED.test(message.text())) mistakes.push(message.text());
      });
      await page.goto(url);
      return page;
    },
  };
}

/** Signs in by the form. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Views' }).waitFor();
}

/** Serious and critical findings of axe on the page as it stands, each with the elements that it is about. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // By evaluation: the page's own policy lets no script in that isn't the server's.
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
    violations: { id: string; impact: string; help: string; nodes: { html: string }[] }[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

function findBrowser(): string | null {
  const { CHROMIUM, PATH = '' } = process.env;
  if (CHROMIUM) return CHROMIUM;
  const places = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return places.find(isRunnable) ?? null;
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
