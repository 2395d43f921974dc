import { chromium } from 'playwright-core';
import { findChromium } from '../scripts/chromium.js';
import { atTheEnd } from './lib/cleanup.js';
import { alternate, median, number, rowOf } from './lib/measure.js';
import { ask, JSON_HEADERS, signUp, startOrdermirror } from './lib/servers.js';
import { seededDatabase } from './read/seed.js';

/** The slow line and phone of web performance tools: 1.6 Mbit/s down, 0.75 up, 150 ms, a processor slowed four times. */
const SLOW = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOWDOWN = 4;
/** Each view, and what is painted when it is of use. */
const VIEWS = {
  '/orders': 'main tbody tr a',
  '/sales': 'main .chart-summary',
  '/': 'main .overview h2',
};

/** The marketplaces of the seeded orders. */
const CONNECT = `mutation {
  saveConnection(input: { region: NA, marketplaceIds: ["ATVPDKIKX0DER", "A2EUQ1WTGCTBG2", "A1AM78C64UM0Y8"] }) { region }
}`;

/** Opens views of the admin page without a cache. @type {import('./main.js').Benchmark} */
export async function benchPage(kind, { quick, ...size }) {
  const executablePath = findChromium();
  if (executablePath === null) {
    const notes = ['Skipped: Chromium was not found. Install it, or set CHROMIUM.'];
    return { title: `Admin page, ${kind}`, rounds: 1, columns: ['view'], rows: [], notes };
  }
  const orders = size.orders ?? (quick ? 10_000 : 50_000);
  const rounds = quick ? 1 : 5;
  const { environment } = await seededDatabase(kind, orders);
  const { url } = await startOrdermirror(environment);
  const { authorization } = await signUp(url);
  await ask(url, { ...JSON_HEADERS, authorization }, CONNECT);
  const session = await sessionOf(url, authorization);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  atTheEnd(() => browser.close());
  const visits = Object.entries(VIEWS).map(([path, selector]) => async () => {
    const { paintMs, shift, bytes } = await open(browser, `${url}/admin${path}`, { selector, session });
    return { [path]: paintMs, [`${path} shift`]: shift, [`${path} bytes`]: bytes };
  });
  const measured = await alternate(rounds, visits);
  return {
    title: `Admin page, ${kind}: views of ${number(orders)} orders, opened without a cache`,
    rounds,
    columns: ['', 'first useful paint ms', 'of the rounds', 'layout shift', 'kB'],
    rows: Object.keys(VIEWS).map((path) => [
      ...rowOf(path, measured(path)),
      median(measured(`${path} shift`)).toFixed(3),
      number(median(measured(`${path} bytes`)) / 1_000),
    ]),
    notes: ['In headless Chromium, with 1.6 Mbit/s, 150 ms a request and a processor slowed four times, signed in.'],
  };
}

async function sessionOf(url, authorization) {
  const { me } = await ask(url, { ...JSON_HEADERS, authorization }, '{ me { id email role } }');
  const token = authorization.replace('Bearer ', '');
  return { token, expiresAt: new Date(Date.now() + 3_600_000).toISOString(), user: me, key: token.slice(-16) };
}

/** Returns the milliseconds from the navigation to the frame after the first element that matches, and all layout shifts. */
async function open(browser, address, { selector, session }) {
  const context = await browser.newContext({ viewport: { width: 412, height: 823 } });
  try {
    await context.addInitScript(watchPaint, [JSON.stringify(session), selector]);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    let bytes = 0;
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', SLOW);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWDOWN });
    await page.goto(address);
    await page.waitForFunction(() => 'paintMs' in window);
    await page.waitForLoadState('networkidle');
    return { ...(await page.evaluate(() => /** @type {any} */ (window).measured())), bytes };
  } finally {
    await context.close();
  }
}

/** Runs in the page before its own scripts. */
function watchPaint([session, selector]) {
  const page = /** @type {any} */ (window);
  localStorage.setItem('ordermirror.session', session);
  let shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) if (!entry.hadRecentInput) shift += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  page.measured = () => ({ paintMs: page.paintMs, shift });
  const look = () => {
    if (!document.querySelector(selector)) return requestAnimationFrame(look);
    requestAnimationFrame(() => {
      page.paintMs = performance.now();
    });
  };
  look();
}
