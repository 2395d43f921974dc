/** docs: the AWS account that Amazon's notifications are sent from. */
const AMAZON = 'arn:aws:iam::437568002678:root';

/** Returns the access policy of the queue, as JSON text: only Amazon may send to it, and look at it. */
export function queuePolicy(queueArn: string): string {
  return policy({
    Sid: 'AmazonSellingPartnerNotifications',
    Effect: 'Allow',
    Principal: { AWS: AMAZON },
    Action: ['sqs:SendMessage', 'sqs:GetQueueAttributes'],
    Resource: queueArn,
  });
}

/** Returns the policy of the identity that Ordermirror reads the queue with, as JSON text. */
export function readerPolicy(queueArn: string): string {
  return policy({
    Sid: 'OrdermirrorReadsNotifications',
    Effect: 'Allow',
    Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
    Resource: [queueArn, `${queueArn}-dead-letters`],
  });
}

function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2);
}
