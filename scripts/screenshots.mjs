import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.js';

/** Renders docs/images from the demo's admin page: `npm run screenshots`. CHROMIUM names the browser. */
const root = join(import.meta.dirname, '..');
const folder = join(root, 'docs', 'images');
const executablePath = findChromium() ?? undefined;
const VIEWS = { overview: '/', orders: '/orders', sales: '/sales' };

const demo = spawn(process.execPath, [join(root, 'scripts', 'run.mjs'), 'demo'], {
  env: { ...process.env, PORT: '0' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let browser;
try {
  const { url, email, password } = await loginOf(demo.stdout);
  mkdirSync(folder, { recursive: true });
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme,
      locale: 'en-US',
      timezoneId: 'America/New_York',
    });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('[data-socket=live]').waitFor();
    for (const [name, path] of Object.entries(VIEWS)) {
      await page.goto(url + path);
      await page.waitForLoadState('networkidle');
      await page.locator('[data-socket=live]').waitFor();
      await page.screenshot({ path: join(folder, `admin-${name}-${colorScheme}.png`) });
    }
    await context.close();
  }
} finally {
  await browser?.close();
  demo.kill('SIGINT');
}

/** Reads the address and the login from the demo's output. */
async function loginOf(output) {
  let printed = '';
  for await (const chunk of output.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += chunk;
    const [, address] = /Admin page\s+(\S+)/.exec(printed) ?? [];
    const [, user, secret] = /Sign in\s+(\S+) with the password (\S+)\n/.exec(printed) ?? [];
    if (!address || !user || !secret) continue;
    // The demo prints more, and would end if nothing read it.
    output.resume();
    return { url: address, email: user, password: secret };
  }
  throw new Error(`The demo ended before it printed the login:\n${printed}`);
}
