import { expect, it } from 'vitest';
import { queuePolicy, readerPolicy } from '../../src/notifications/queue-policy.js';
import { docBlocks } from '../helpers/doc-blocks.js';

const ARN = 'arn:aws:sqs:REGION:ACCOUNT:ordermirror';

it('the policies are those of docs/notifications.md', () => {
  const blocks = docBlocks('docs/notifications.md', 'Set it up', 'json').map((text) => JSON.parse(text));
  expect(blocks).toEqual([JSON.parse(queuePolicy(ARN)), JSON.parse(readerPolicy(ARN))]);
});
