import { expect, it } from 'vitest';
import { withApp } from '../helpers/with-app.js';
import { describeInBrowser, VIEWER, violations, withBrowser } from '../helpers/with-browser.js';
import {
  changeStatus,
  notifiableOrders,
  readingQueueOf,
  untilState,
  untilStatus,
} from '../helpers/with-notifications.js';
import { withSimulator } from '../helpers/with-sync.js';

describeInBrowser('notifications', () => {
  const browser = withBrowser();

  it('are set up, tested, followed and removed', async () => {
    const simulator = await withSimulator({ orders: 20 });
    const { app, viewer } = await withApp(simulator, { change: readingQueueOf(simulator) });
    const { arn } = simulator.queues.get();
    await untilState(app.database, { queueArn: arn });
    const page = await browser.signedIn(`${app.url}/admin/connection`);
    const card = page.getByRole('region', { name: 'Notifications' });
    await card.getByText('Receiving', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Set up' }).click();
    const field = page.getByLabel('ARN of the queue');
    await field.fill('arn:aws:sqs:eu-west-1:123456789012:ordermirror.fifo');
    await page.getByText('This is no ARN of a standard queue').waitFor();
    await field.fill(arn);
    await page.getByText('"arn:aws:iam::437568002678:root"').waitFor();
    await page.getByRole('button', { name: 'Copy queue policy' }).waitFor();
    await page.getByText('NOTIFICATIONS_QUEUE_URL=https://sqs.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('dialog').getByRole('button', { name: 'Set up', exact: true }).click();
    await card.getByText(arn, { exact: true }).waitFor();

    await card.getByRole('button', { name: 'Send test' }).click();
    await card.getByText('The test notification was received').waitFor();
    const [order] = notifiableOrders(simulator);
    changeStatus(simulator, order?.orderId ?? '', 'UNFULFILLABLE');
    await untilStatus(app.database, order?.orderId ?? '', 'UNFULFILLABLE');
    await card
      .getByText('now, within a second')
      .or(card.getByText('ago, within a second'))
      .or(card.getByText('after its change'))
      .waitFor();
    expect(await violations(page)).toEqual([]);

    await viewer();
    const other = await browser.signedIn(`${app.url}/admin/connection`, VIEWER);
    await other.getByRole('region', { name: 'Notifications' }).getByText(arn, { exact: true }).waitFor();
    expect(await other.getByRole('button', { name: 'Send test' }).count()).toBe(0);

    await card.getByRole('button', { name: 'Remove notifications' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove notifications' }).click();
    await card.getByText('Not set up here').waitFor();
    expect(simulator.notifications.subscriptions.subscription).toBeUndefined();
  });
});
